import { rampDownSteps } from './schedule.ts'

/*
 * How a live run ends that is asked to settle: the learning rate falls along the reference's ramp within 40 steps, but
 * rests at the half of it until the loss has settled. At the half it is smooth, while on the plateau it jumps to many
 * times its least from step to step, so that nothing can be told from it.
 */

/** Steps of the ramp without its rest. */
const rampSteps = 40

/** The loss has settled when the least of so many steps is hardly less than that of as many before. */
const windowSteps = 10

/** The part of itself by which the loss falls at most then. */
const hardly = 0.003

/** The longest settling; a run whose own ramp is shorter settles within that. */
const mostSteps = 250

/** What decides, besides the course, how a run that rests or has rested goes on. */
export interface Settling {
  /** Of the last steps of the rest, at most two windows; of none before the last change. */
  readonly losses: readonly number[]
  /** The step at which the rest ended; absent before. */
  readonly restEnd?: number
}

/** How many steps a run whose schedule has `steps` takes to settle. One whose ramp is short goes down it without a rest. */
export function settlingSteps(steps: number): { readonly least: number; readonly most: number } {
  const whole = rampDownSteps(steps)
  return { least: Math.min(rampSteps + 2 * windowSteps, whole), most: Math.min(mostSteps, whole) }
}

/** The part of the ramp that is over, 0..1, where the settling began at the step `from`. */
export function settlingPart(step: number, from: number, settling: Settling | undefined): number {
  const before = Math.min(step - from, rampSteps / 2)
  const after = settling?.restEnd === undefined ? 0 : step - settling.restEnd
  return (before + after) / rampSteps
}

/** The step after which the run ends; while it rests, the latest one. */
export function settlingEnd(steps: number, from: number, settling: Settling | undefined): number {
  const restEnd = settling?.restEnd
  return restEnd === undefined ? from + settlingSteps(steps).most : restEnd + rampSteps / 2
}

/** After the step that comes after `step` steps, at whose begin the loss was this. */
export function settledBy(
  loss: number,
  step: number,
  steps: number,
  from: number,
  before: Settling | undefined,
): Settling | undefined {
  if (before?.restEnd !== undefined || step < from + rampSteps / 2) return before
  const losses = [...(before?.losses ?? []), loss].slice(-2 * windowSteps)
  const isLast = step + 1 >= from + settlingSteps(steps).most - rampSteps / 2
  return isLast || hasSettled(losses) ? { losses, restEnd: step + 1 } : { losses }
}

/** Whether the least of the last window is hardly less than that of the window before. */
export function hasSettled(losses: readonly number[]): boolean {
  if (losses.length < 2 * windowSteps) return false
  const least = (from: number, to: number) => Math.min(...losses.slice(from, to))
  const [earlier, later] = [least(0, windowSteps), least(windowSteps, 2 * windowSteps)]
  return later > (1 - hardly) * earlier
}
