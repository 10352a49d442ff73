import type { ByteSource } from '../runtime.ts'
import type { GlobalRow } from './pickle-globals.ts'

/** What a pickle can hold. Nothing here runs: calls and objects are records of what the file asked for. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleBytes
  | PickleTuple
  | PickleList
  | PickleDict
  | PickleSet
  | PickleGlobal
  | PickleCall
  | PersistentId

/** Bytes that still lie in the file. */
export class PickleBytes {
  readonly source: ByteSource
  /** Where they begin in the file, for errors. */
  readonly offset: number

  constructor(source: ByteSource, offset: number) {
    this.source = source
    this.offset = offset
  }
}

export class PickleTuple {
  readonly items: readonly PickleValue[]
  readonly depth: number

  constructor(items: readonly PickleValue[]) {
    this.items = items
    this.depth = 1 + deepest(items)
  }
}

export class PickleList {
  readonly items: PickleValue[] = []
  depth = 1
}

export class PickleSet {
  readonly items: PickleValue[] = []
  depth = 1
}

const noEntries: ReadonlyMap<PickleValue, PickleValue> = new Map()

/** A dict, an OrderedDict or NVIDIA's EasyDict. */
export class PickleDict {
  /** Made with the first entry: an empty Map takes 200 bytes. */
  #entries: Map<PickleValue, PickleValue> | undefined
  depth = 1

  get entries(): ReadonlyMap<PickleValue, PickleValue> {
    return this.#entries ?? noEntries
  }

  set(key: PickleValue, value: PickleValue): void {
    this.#entries ??= new Map()
    this.#entries.set(key, value)
    this.depth = Math.max(this.depth, 1 + deepest([key, value]))
  }
}

/** An allowed global: a function, class or constant by name. */
export class PickleGlobal {
  readonly row: GlobalRow
  readonly name: string
  readonly offset: number

  constructor(row: GlobalRow, name: string, offset: number) {
    this.row = row
    this.name = name
    this.offset = offset
  }
}

/** A call or a new object that was asked for, with the state that BUILD gave it. */
export class PickleCall {
  readonly callee: PickleGlobal
  readonly args: PickleTuple
  /** Offset of the opcode that asked. */
  readonly offset: number
  state: PickleValue | undefined
  depth: number

  constructor(callee: PickleGlobal, args: PickleTuple, offset: number) {
    this.callee = callee
    this.args = args
    this.offset = offset
    this.depth = 1 + args.depth
  }
}

/** torch's reference to a storage outside the pickle. */
export class PersistentId {
  readonly parts: PickleTuple
  readonly offset: number

  constructor(parts: PickleTuple, offset: number) {
    this.parts = parts
    this.offset = offset
  }
}

/** How deep a value nests as far as it is known; 0 for what holds nothing. */
export function depthOf(value: PickleValue): number {
  return typeof value === 'object' && value !== null && 'depth' in value ? value.depth : 0
}

function deepest(items: readonly PickleValue[]): number {
  let depth = 0
  for (const item of items) depth = Math.max(depth, depthOf(item))
  return depth
}
