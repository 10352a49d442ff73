import * as v from 'valibot'
import { bytes, count, id } from './fields.ts'

export const nothing = v.strictObject({})
export const ofProject = { project: id }

/** A picture for the window, encoded; null where there is none. */
export const shown = v.strictObject({ image: v.nullable(bytes) })

/** The picture sizes that the window asks for, in pixels of the longer side. */
export const size = v.pipe(count, v.minValue(16), v.maxValue(4096))

/** A command of the contract. */
export interface CommandRow {
  /**
   * What is changed on the disk. A command that writes to a project names it as `project`, and is done only by the program
   * that owns it; those that write to the user's home have owners of their own for what they touch.
   */
  readonly writes: 'nothing' | 'home' | 'project'
  readonly parameters: v.GenericSchema
  readonly result: v.GenericSchema
}
