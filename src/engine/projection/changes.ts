import { landmarkCount, landmarkGroupOf, landmarkGroups } from '../face/landmark-groups.ts'
import type { Weighting } from './projector.ts'
import { liveTime, rampDownSteps, rampDownTime, ratesAt, type StepRates } from './schedule.ts'
import {
  extraTermNames,
  extraTermsOf,
  mostWeight,
  type ProjectionSettings,
  type TermWeights,
} from './settings.ts'
import { type Settling, settledBy, settlingEnd, settlingPart, settlingSteps } from './settling.ts'

/** Fractions of the target square's width and height, 0..1. */
export interface Place {
  readonly x: number
  readonly y: number
}

/** A landmark, 0..67, that is put to a place by hand, or without one given back to its picture. */
export type PointChange = { readonly index: number } & (Place | { readonly x?: never; readonly y?: never })

/** What may be asked of a live run between two steps. Pictures go by name, a SHA-256 of file and alignment. */
export type Change =
  /** A term is switched off by the weight 0. */
  | { readonly kind: 'weights'; readonly weights: TermWeights }
  /** Nine factors, in the order of the landmark groups. */
  | { readonly kind: 'group-weights'; readonly groupWeights: readonly number[] }
  | { readonly kind: 'look'; readonly picture: string }
  /** The landmarks of these groups, 0..8, come from another picture. */
  | { readonly kind: 'landmarks'; readonly picture: string; readonly groups: readonly number[] }
  /** Landmarks dragged by hand, each at most once. They stay until they or their groups' landmarks are changed. */
  | { readonly kind: 'points'; readonly points: readonly PointChange[] }
  /** The ramp down begins after so many more steps, at once with 0. */
  | { readonly kind: 'finish'; readonly after: number }
  /** As finish, but the ramp down is over once the loss has settled. */
  | { readonly kind: 'settle'; readonly after: number }
  /** Back to the plateau, until an end is asked for again. */
  | { readonly kind: 'hold' }

/** A change and the steps that were done when it was made. */
export interface RecordedChange {
  readonly step: number
  readonly change: Change
}

/** A change with the ids of what it answers: the request for it, and those for earlier ones that it leaves nothing of. */
export interface AskedChange {
  readonly asks: readonly string[]
  readonly change: Change
}

/** What settings and changes come to. */
export interface Course extends Weighting {
  /** Steps of the schedule. */
  readonly steps: number
  readonly live: boolean
  /** The step at which the ramp down of a live run begins; undefined while it is held. */
  readonly finishAt: number | undefined
  /** Whether that ramp rests until the loss has settled: see settling.ts. */
  readonly settles: boolean
  /** Whether the latent is jittered as the reference's: where the end follows its schedule, and not while a run is held. */
  readonly jitters: boolean
  /** The picture whose look is the target; undefined is the run's own. */
  readonly look: string | undefined
  /** For each of the nine groups the picture that its landmarks come from; undefined is the run's own. */
  readonly landmarks: readonly (string | undefined)[]
  /** For each of the 68 landmarks the place that it was dragged to; undefined is where its picture has it. */
  readonly points: readonly (Place | undefined)[]
}

/** The course of a run after these changes. */
export function courseOf(settings: ProjectionSettings, changes: readonly RecordedChange[]): Course {
  const { weights, groupWeights, confidence = false, landmarkMask, steps, live = false } = settings
  const start: Course = {
    weights,
    groupWeights,
    confidence,
    ...(landmarkMask !== undefined && { landmarkMask }),
    steps,
    live,
    finishAt: undefined,
    settles: false,
    jitters: !live,
    look: undefined,
    landmarks: landmarkGroups.map(() => undefined),
    points: Array.from({ length: landmarkCount }, () => undefined),
  }
  return changes.reduce(changed, start)
}

function changed(course: Course, { step, change }: RecordedChange): Course {
  switch (change.kind) {
    case 'weights':
      return { ...course, weights: withTermsOf(course.weights, change.weights) }
    case 'group-weights':
      return { ...course, groupWeights: change.groupWeights }
    case 'look':
      return { ...course, look: change.picture }
    case 'landmarks':
      return {
        ...course,
        landmarks: course.landmarks.map((source, group) =>
          change.groups.includes(group) ? change.picture : source,
        ),
        points: course.points.map((place, index) =>
          change.groups.includes(landmarkGroupOf(index)) ? undefined : place,
        ),
      }
    case 'points':
      return { ...course, points: change.points.reduce(pointMoved, course.points) }
    case 'finish':
      return { ...course, finishAt: step + change.after, settles: false, jitters: true }
    case 'settle': {
      const { least, most } = settlingSteps(course.steps)
      return { ...course, finishAt: step + change.after, settles: least < most, jitters: false }
    }
    case 'hold':
      return { ...course, finishAt: undefined, settles: false, jitters: false }
  }
}

/** A run keeps the terms that it began with: what is not named stays as it is, what it has not is left out. */
function withTermsOf(
  before: TermWeights,
  { perceptual, landmark, noiseReg, ...extra }: TermWeights,
): TermWeights {
  return {
    ...{ perceptual, landmark, noiseReg },
    ...extraTermsOf((name) => (before[name] === undefined ? undefined : (extra[name] ?? before[name]))),
  }
}

function pointMoved(points: Course['points'], { index, x, y }: PointChange): Course['points'] {
  return points.with(index, x === undefined ? undefined : { x, y })
}

/** The number of steps after which the run ends; Infinity while a live run is held, the most while one settles. */
export function lastStep({ live, steps, finishAt, settles }: Course, settling?: Settling): number {
  if (!live) return steps
  if (finishAt === undefined) return Number.POSITIVE_INFINITY
  return settles ? settlingEnd(steps, finishAt, settling) : finishAt + rampDownSteps(steps)
}

/** The rates of the step that comes after `step` steps. */
export function courseRates(
  { live, steps, finishAt, settles, jitters }: Course,
  step: number,
  settling?: Settling,
): StepRates {
  if (!live) return ratesAt(step / steps)
  const isSettling = settles && finishAt !== undefined && step >= finishAt
  const rates = ratesAt(
    isSettling ? rampDownTime(settlingPart(step, finishAt, settling)) : liveTime(step, steps, finishAt),
  )
  return jitters ? rates : { ...rates, jitter: 0 }
}

/** Whether a change is about the end alone; any other makes the loss another one. */
export function isAboutEnd({ kind }: Change): boolean {
  return kind === 'finish' || kind === 'settle' || kind === 'hold'
}

/** How a run settles from a change on: anew if it is about the end. */
export function settlingAfter(change: Change, before: Settling | undefined): Settling | undefined {
  return isAboutEnd(change) || before === undefined ? undefined : { ...before, losses: [] }
}

/** How it settles after the step that came after `step` steps and began with this loss. */
export function settlingBy(
  course: Course,
  step: number,
  loss: number,
  before: Settling | undefined,
): Settling | undefined {
  const { settles, finishAt, steps } = course
  return settles && finishAt !== undefined ? settledBy(loss, step, steps, finishAt, before) : before
}

/** The names of the pictures that the changes need. */
export function picturesOf(changes: readonly RecordedChange[]): ReadonlySet<string> {
  return new Set(changes.flatMap(({ change }) => ('picture' in change ? [change.picture] : [])))
}

/** A change that was read from a file, checked field by field; undefined for anything else. */
export function parseRecordedChange(value: unknown): RecordedChange | undefined {
  const { step, change } = fieldsOf(value)
  const parsed = parseChange(change)
  return isCount(step) && parsed !== undefined ? { step, change: parsed } : undefined
}

/** A change, checked field by field and with no other fields; undefined for anything else. */
export function parseChange(value: unknown): Change | undefined {
  const { kind, weights, groupWeights, picture, groups, points, after } = fieldsOf(value)
  switch (kind) {
    case 'weights': {
      const { perceptual, landmark, noiseReg, ...rest } = fieldsOf(weights)
      if (!isWeight(perceptual) || !isWeight(landmark) || !isWeight(noiseReg)) return undefined
      if (extraTermNames.some((name) => rest[name] !== undefined && !isWeight(rest[name]))) return undefined
      const extra = extraTermsOf((name) => rest[name] as number | undefined)
      return { kind, weights: { perceptual, landmark, noiseReg, ...extra } }
    }
    case 'group-weights':
      return isListOf(groupWeights, isWeight) && groupWeights.length === landmarkGroups.length
        ? { kind, groupWeights }
        : undefined
    case 'look':
      return isPictureName(picture) ? { kind, picture } : undefined
    case 'landmarks':
      return isPictureName(picture) && isListOf(groups, isGroup) ? { kind, picture, groups } : undefined
    case 'points': {
      const parsed = parsePoints(points)
      return parsed === undefined ? undefined : { kind, points: parsed }
    }
    case 'finish':
    case 'settle':
      return isCount(after) ? { kind, after } : undefined
    case 'hold':
      return { kind }
    default:
      return undefined
  }
}

/** One to 68 points, none of them twice. */
function parsePoints(value: unknown): readonly PointChange[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > landmarkCount) return undefined
  const points = value.map(parsePoint)
  if (!points.every((point) => point !== undefined)) return undefined
  return new Set(points.map(({ index }) => index)).size === points.length ? points : undefined
}

function parsePoint(value: unknown): PointChange | undefined {
  const { index, x, y } = fieldsOf(value)
  if (!isCount(index) || index >= landmarkCount) return undefined
  if (x === undefined && y === undefined) return { index }
  return isFraction(x) && isFraction(y) ? { index, x, y } : undefined
}

function isFraction(value: unknown): value is number {
  return isWeight(value) && value <= 1
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isWeight(value: unknown): value is number {
  return Number.isFinite(value) && Number(value) >= 0 && Number(value) <= mostWeight
}

function isGroup(value: unknown): value is number {
  return isCount(value) && value < landmarkGroups.length
}

function isListOf<T>(value: unknown, holds: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.length <= landmarkGroups.length && value.every(holds)
}

function isPictureName(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}
