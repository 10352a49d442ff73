import type { ByteSource } from '../runtime.ts'
import type { Budget } from './budget.ts'
import { ByteCursor } from './byte-cursor.ts'
import { limits } from './limits.ts'
import type { Grammar } from './pickle-globals.ts'
import type { OpcodeName } from './pickle-opcodes.ts'
import { depthOf, type PickleGlobal, type PickleValue } from './pickle-values.ts'
import { refusal } from './refusal.ts'

/** What reading a pickle needs to know. */
export interface PickleOptions {
  readonly grammar: Grammar
  readonly budget: Budget
  /** Whether torch's references to storages may occur. */
  readonly persistent?: boolean
  /** Offset of the source in the file, so that errors name the place in the file. */
  readonly base?: number
}

/** The state of one reading of a pickle: what its opcodes act on. */
export class PickleState {
  readonly options: PickleOptions
  readonly stack: PickleValue[] = []
  readonly marks: number[] = []
  readonly memo = new Map<number, PickleValue>()
  /** Offset of the current opcode in the file. */
  at = 0
  /** Where the open frame ends in the source, or -1. */
  frameEnd = -1
  /** The current opcode, once it is known. */
  opcode: OpcodeName | undefined
  readonly cursor: ByteCursor

  constructor(source: ByteSource, position: number, options: PickleOptions) {
    this.cursor = new ByteCursor(source, position)
    this.options = options
  }

  /** Opens a frame of `length` bytes. */
  frame(length: number): void {
    if (this.frameEnd >= 0) throw this.fault('opens a frame inside a frame')
    if (!(length <= this.cursor.remaining)) throw this.fault('has a frame that is longer than the file')
    if (length > 0) this.frameEnd = this.cursor.position + length
  }

  push(value: PickleValue): void {
    if (this.stack.length >= limits.stack) throw this.fault('needs too large a stack')
    if (depthOf(value) > limits.depth) throw this.fault('nests too deeply')
    this.stack.push(value)
  }

  /** Takes the topmost value, which must lie above the last MARK. */
  pop(): PickleValue {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) throw this.fault('takes a value that is not there')
    return this.stack.pop()!
  }

  /** The topmost value above the last MARK, left in place. */
  top(): PickleValue {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) throw this.fault('uses a value that is not there')
    return this.stack.at(-1)!
  }

  mark(): void {
    if (this.marks.length >= limits.marks) throw this.fault('has too many open marks')
    this.marks.push(this.stack.length)
  }

  /** Takes the values above the last MARK, and the MARK. */
  popMark(): PickleValue[] {
    const mark = this.marks.pop()
    if (mark === undefined) throw this.fault('uses a mark that is not there')
    return this.stack.splice(mark)
  }

  /** Charges a container and returns it. */
  made<T extends PickleValue>(container: T): T {
    this.options.budget.charge('containers', 1, this.at)
    return container
  }

  /** An error at the current opcode that carries the name of the global concerned, else of the opcode. */
  fault(what: string, global?: PickleGlobal): Error {
    const { file } = this.options.budget
    const name = global?.name ?? this.opcode
    return refusal('bad-file', `The pickle in "${file}" ${what}${name === undefined ? '' : ` (${name})`}.`, {
      file,
      offset: this.at,
      ...(name === undefined ? {} : { name }),
    })
  }

  /** An error for something that must not be in a checkpoint at all. */
  forbidden(what: string, name: string, hint?: string): Error {
    const { file } = this.options.budget
    return refusal('forbidden', `The file "${file}" ${what}.`, {
      file,
      offset: this.at,
      name,
      ...(hint === undefined ? {} : { hint }),
    })
  }
}
