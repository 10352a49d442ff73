import * as v from 'valibot'
import { landmarkCount, landmarkGroups } from '../face/landmark-groups.ts'
import { count, fraction, sha256 } from '../fields.ts'
import { groupWeights, termWeights } from './settings.ts'

/** A landmark, 0..67, that is put to a place by hand: fractions of the target square's width and height. */
export const placedPoint = v.strictObject({
  index: v.pipe(count, v.maxValue(landmarkCount - 1)),
  x: fraction,
  y: fraction,
})

/** Without a place the landmark is given back to its picture. */
const pointChange = v.union([
  v.object(placedPoint.entries),
  v.object({
    index: placedPoint.entries.index,
    x: v.optional(v.never()),
    y: v.optional(v.never()),
  }),
])
export type PointChange = Readonly<v.InferOutput<typeof pointChange>>

/** One to 68 points, none of them twice. */
const pointChanges = v.pipe(
  v.array(pointChange),
  v.minLength(1),
  v.maxLength(landmarkCount),
  v.check((points) => new Set(points.map(({ index }) => index)).size === points.length),
  v.readonly(),
)

/** The number of a group of landmarks, 0..8. */
export const group = v.pipe(count, v.maxValue(landmarkGroups.length - 1))

/** What may be asked of a live run between two steps. Pictures go by name, a SHA-256 of file and alignment. */
const change = v.variant('kind', [
  /** A term is switched off by the weight 0. */
  v.object({ kind: v.literal('weights'), weights: termWeights }),
  /** Nine factors, in the order of the landmark groups. */
  v.object({ kind: v.literal('group-weights'), groupWeights }),
  v.object({ kind: v.literal('look'), picture: sha256 }),
  /** The landmarks of these groups come from another picture. */
  v.object({
    kind: v.literal('landmarks'),
    picture: sha256,
    groups: v.pipe(v.array(group), v.maxLength(landmarkGroups.length), v.readonly()),
  }),
  /** Landmarks dragged by hand. They stay until they or their groups' landmarks are changed. */
  v.object({ kind: v.literal('points'), points: pointChanges }),
  /** The ramp down begins after so many more steps, at once with 0. */
  v.object({ kind: v.literal('finish'), after: count }),
  /** As finish, but the ramp down is over once the loss has settled. */
  v.object({ kind: v.literal('settle'), after: count }),
  /** Back to the plateau, until an end is asked for again. */
  v.object({ kind: v.literal('hold') }),
])
export type Change = Readonly<v.InferOutput<typeof change>>

/** A change and the steps that were done when it was made. */
export const recordedChange = v.object({ step: count, change })
export type RecordedChange = Readonly<v.InferOutput<typeof recordedChange>>

/** A change that was read from a file, without fields that do not belong; undefined for anything else. */
export function parseRecordedChange(value: unknown): RecordedChange | undefined {
  const parsed = v.safeParse(recordedChange, value)
  return parsed.success ? parsed.output : undefined
}

/** As `parseRecordedChange`, for the change alone. */
export function parseChange(value: unknown): Change | undefined {
  const parsed = v.safeParse(change, value)
  return parsed.success ? parsed.output : undefined
}

/** A change with the ids of what it answers: the request for it, and those for earlier ones that it leaves nothing of. */
export interface AskedChange {
  readonly asks: readonly string[]
  readonly change: Change
}

/** Whether a change is about the end alone; any other makes the loss another one. */
export function isAboutEnd({ kind }: Change): boolean {
  return kind === 'finish' || kind === 'settle' || kind === 'hold'
}

/** The names of the pictures that the changes need. */
export function picturesOf(changes: readonly RecordedChange[]): ReadonlySet<string> {
  return new Set(changes.flatMap(({ change }) => ('picture' in change ? [change.picture] : [])))
}
