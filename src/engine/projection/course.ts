import { landmarkCount, landmarkGroupOf, landmarkGroups } from '../face/landmark-groups.ts'
import { type Change, isAboutEnd, type PointChange, type RecordedChange } from './changes.ts'
import type { ProjectionState } from './projection-state.ts'
import {
  descendingSchedule,
  exploringSchedule,
  liveTime,
  rampDownSteps,
  rampDownTime,
  ratesAt,
  restartSchedule,
  type StepRates,
} from './schedule.ts'
import type { ProjectionSettings, Weighting } from './settings.ts'
import { type Settling, settledBy, settlingEnd, settlingPart, settlingSteps } from './settling.ts'
import { keptTerms } from './terms.ts'

/**
 * The part of a search that is coarse, where it is asked to begin so. On the pack, searched with half the pixels that the networks
 * see, which is harder, the loss ends 0.0 % higher at 0.8, and 0.9 % at 0.9.
 */
const coarsePart = 0.8

/** The part of a search that explores before it descends by L-BFGS: a quarter or a half end 1 and 2 % higher on five pairs of the pack. */
const exploringPart = 0.4

/** A search of fewer steps has none to spare for two ways. */
const leastStepsToDescend = 50

/** Fractions of the target square's width and height, 0..1. */
export interface Place {
  readonly x: number
  readonly y: number
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
  /** The step before which pictures are drawn in the size only in which the networks see them; 0 where they never are. */
  readonly coarseUntil: number
  /** The step from which a search whose end is known descends by L-BFGS; undefined where Adam is all there is. */
  readonly descendsFrom: number | undefined
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
  const {
    weights,
    groupWeights,
    confidence = false,
    landmarkMask,
    steps,
    live = false,
    coarseFirst,
    quasiNewton = false,
  } = settings
  const start: Course = {
    weights,
    groupWeights,
    confidence,
    ...(landmarkMask !== undefined && { landmarkMask }),
    steps,
    live,
    finishAt: undefined,
    settles: false,
    coarseUntil: coarseFirst !== true ? 0 : live ? Number.POSITIVE_INFINITY : Math.floor(coarsePart * steps),
    descendsFrom: quasiNewton && steps >= leastStepsToDescend ? Math.round(exploringPart * steps) : undefined,
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
      return { ...course, weights: keptTerms(course.weights, change.weights) }
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
      return { ...ending(course, step + change.after), settles: false, jitters: true }
    case 'settle': {
      const { least, most } = settlingSteps(course.steps)
      return { ...ending(course, step + change.after), settles: least < most, jitters: false }
    }
    case 'hold':
      return { ...course, ...heldAt(course, step), settles: false, jitters: false }
  }
}

/** The end begins at that step, and with it what is computed of the whole picture. */
function ending(course: Course, finishAt: number): Course {
  return { ...course, finishAt, coarseUntil: Math.min(course.coarseUntil, finishAt) }
}

/** No end is asked for any more; what has become of the whole picture stays. */
function heldAt({ coarseUntil }: Course, step: number): Pick<Course, 'finishAt' | 'coarseUntil'> {
  return { finishAt: undefined, coarseUntil: coarseUntil > step ? Number.POSITIVE_INFINITY : coarseUntil }
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

/** Whether the run ends after its steps, as far as is known. */
function endsInTime({ live, steps, finishAt, settles }: Course): boolean {
  return !live || (finishAt === steps - rampDownSteps(steps) && !settles)
}

/** Whether the step that comes after `step` steps is one of a search's end by L-BFGS. */
export function descends(course: Course, step: number): boolean {
  return course.descendsFrom !== undefined && step >= course.descendsFrom && endsInTime(course)
}

/** The rates of the step that comes after this state. */
export function courseRates(
  course: Course,
  { step, roughAt }: Pick<ProjectionState, 'step' | 'roughAt'>,
  settling?: Settling,
): StepRates {
  const { live, steps, finishAt, settles, jitters, descendsFrom } = course
  if (descendsFrom !== undefined && endsInTime(course)) {
    if (step < descendsFrom) return ratesAt(step / descendsFrom, exploringSchedule)
    if (roughAt !== undefined) return ratesAt((step - roughAt) / (steps - roughAt), restartSchedule)
    return ratesAt((step - descendsFrom) / (steps - descendsFrom), descendingSchedule)
  }
  if (!live) return ratesAt(step / steps)
  const isSettling = settles && finishAt !== undefined && step >= finishAt
  const rates = ratesAt(
    isSettling ? rampDownTime(settlingPart(step, finishAt, settling)) : liveTime(step, steps, finishAt),
  )
  return jitters ? rates : { ...rates, jitter: 0 }
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
