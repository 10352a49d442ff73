import * as v from 'valibot'
import { group } from '../engine/projection/changes.ts'
import { weight } from '../engine/projection/settings.ts'
import { termNames } from '../engine/projection/terms.ts'
import { count, title } from './fields.ts'

/** What sets a run apart that Mien names by itself. */
const own = v.variant('kind', [
  v.strictObject({ kind: v.literal('run'), number: count }),
  v.strictObject({ kind: v.literal('seed'), seed: count }),
  v.strictObject({
    kind: v.literal('term'),
    term: v.picklist(termNames),
    weight,
  }),
  v.strictObject({ kind: v.literal('group'), group, weight }),
])

/**
 * How a run came to a name that nobody gave it, so that every window says it in its own language. The name itself is the
 * same in English, for all that have no language: files, commands, and older programs. A given name has no such origin.
 */
export const runNaming = v.variant('kind', [
  ...own.options,
  /** A run that goes on from another one, which does so itself where there are several steps, the first one first. */
  v.strictObject({
    kind: v.literal('branch'),
    of: v.union([title, own]),
    steps: v.pipe(v.array(count), v.minLength(1), v.maxLength(100)),
  }),
])
export type RunNaming = v.InferOutput<typeof runNaming>

/** Fields of a run's title. */
export const runTitle = { name: title, naming: v.exactOptional(runNaming) }
export interface RunTitle {
  readonly name: string
  readonly naming?: RunNaming
}
