import type { ByteSource } from '../runtime.ts'
import { readArgument } from './pickle-arguments.ts'
import { type Handler, handlers } from './pickle-handlers.ts'
import { opcodes } from './pickle-opcodes.ts'
import { type PickleOptions, PickleState } from './pickle-state.ts'
import type { PickleValue } from './pickle-values.ts'

/** A pickle that was read, and the offset in the source behind its STOP. */
export interface PickleResult {
  readonly value: PickleValue
  readonly end: number
}

/**
 * Reads the pickle of protocol 0 to 5 that begins at `position` and returns what it describes as inert values.
 * Nothing is constructed, imported or called. Throws MienError 'forbidden' for a global outside the allow-list and
 * 'bad-file' for everything malformed or over budget, with the offset of the opcode and its or the global's name.
 */
export function readPickle(source: ByteSource, position: number, options: PickleOptions): PickleResult {
  const state = new PickleState(source, position, options)
  const cursor = state.cursor
  const { budget, base = 0 } = state.options
  for (;;) {
    state.at = base + cursor.position
    state.opcode = undefined
    if (cursor.position === state.frameEnd) state.frameEnd = -1
    budget.charge('opcodes', 1, state.at)
    const code = cursor.remaining > 0 ? cursor.u8() : undefined
    if (code === undefined) throw state.fault('ends without STOP')
    const opcode = opcodes[code]
    if (opcode === undefined) throw state.fault(`has no opcode of the value ${code}`)
    state.opcode = opcode.name
    const argument = readArgument(opcode.argument, cursor, budget, base)
    if (state.frameEnd >= 0 && cursor.position > state.frameEnd) throw state.fault('leaves its frame')
    if (opcode.name === 'STOP') break
    const handler = handlers[opcode.name] as Handler
    handler(state, argument)
  }
  if (state.frameEnd >= 0 && cursor.position !== state.frameEnd) throw state.fault('stops inside a frame')
  if (state.marks.length > 0 || state.stack.length !== 1) throw state.fault('stops with values left over')
  return { value: state.stack[0]!, end: cursor.position }
}
