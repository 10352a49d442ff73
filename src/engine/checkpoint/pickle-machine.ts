import type { ByteSource } from '../runtime.ts'
import type { Budget } from './budget.ts'
import { ByteCursor } from './byte-cursor.ts'
import { limits } from './limits.ts'
import { readArgument } from './pickle-arguments.ts'
import type { Grammar } from './pickle-globals.ts'
import { type Handler, handlers } from './pickle-handlers.ts'
import { type OpcodeName, opcodes } from './pickle-opcodes.ts'
import { depthOf, type PickleGlobal, type PickleValue } from './pickle-values.ts'
import { refusal } from './refusal.ts'

/** A pickle that was read, and the offset in the source behind its STOP. */
export interface PickleResult {
  readonly value: PickleValue
  readonly end: number
}

/** What reading a pickle needs to know. */
export interface PickleOptions {
  readonly grammar: Grammar
  readonly budget: Budget
  /** Whether torch's references to storages may occur. */
  readonly persistent?: boolean
  /** Offset of the source in the file, so that errors name the place in the file. */
  readonly base?: number
}

/**
 * Reads the pickle of protocol 0 to 5 that begins at `position` and returns what it describes as inert values.
 * Nothing is constructed, imported or called. Throws MienError 'forbidden' for a global outside the allow-list and
 * 'bad-file' for everything malformed or over budget, with the offset of the opcode and its or the global's name.
 */
export function readPickle(source: ByteSource, position: number, options: PickleOptions): PickleResult {
  return new PickleMachine(source, position, options).run()
}

/** The state of one reading; the meaning of the opcodes lies in pickle-handlers.ts. */
export class PickleMachine {
  readonly options: PickleOptions
  readonly stack: PickleValue[] = []
  readonly marks: number[] = []
  readonly memo = new Map<number, PickleValue>()
  /** Offset of the current opcode in the file. */
  at = 0
  /** Where the open frame ends in the source, or -1. */
  frameEnd = -1
  readonly #cursor: ByteCursor
  #opcode: OpcodeName | undefined

  constructor(source: ByteSource, position: number, options: PickleOptions) {
    this.#cursor = new ByteCursor(source, position)
    this.options = options
  }

  run(): PickleResult {
    const cursor = this.#cursor
    const { budget, base = 0 } = this.options
    for (;;) {
      this.at = base + cursor.position
      this.#opcode = undefined
      if (cursor.position === this.frameEnd) this.frameEnd = -1
      budget.charge('opcodes', 1, this.at)
      const code = cursor.remaining > 0 ? cursor.u8() : undefined
      if (code === undefined) throw this.fault('ends without STOP')
      const opcode = opcodes[code]
      if (opcode === undefined) throw this.fault(`has no opcode of the value ${code}`)
      this.#opcode = opcode.name
      const argument = readArgument(opcode.argument, cursor, budget, base)
      if (this.frameEnd >= 0 && cursor.position > this.frameEnd) throw this.fault('leaves its frame')
      if (opcode.name === 'STOP') break
      const handler = handlers[opcode.name] as Handler
      handler(this, argument)
    }
    if (this.frameEnd >= 0 && cursor.position !== this.frameEnd) throw this.fault('stops inside a frame')
    if (this.marks.length > 0 || this.stack.length !== 1) throw this.fault('stops with values left over')
    return { value: this.stack[0]!, end: cursor.position }
  }

  /** Opens a frame of `length` bytes. */
  frame(length: number): void {
    if (this.frameEnd >= 0) throw this.fault('opens a frame inside a frame')
    if (!(length <= this.#cursor.remaining)) throw this.fault('has a frame that is longer than the file')
    if (length > 0) this.frameEnd = this.#cursor.position + length
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
    const name = global?.name ?? this.#opcode
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
