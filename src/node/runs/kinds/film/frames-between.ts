import { latentBetween } from '../../../../engine/animation/reference-film.ts'
import { quadFrom } from '../../../../engine/face/quad.ts'
import type { FloatTensor } from '../../../../engine/tensor.ts'
import type { FilmPlan, FrameSpan, PlannedFrame } from './film-plan.ts'

/** One that may not know yet what it aims at. */
type Frame = FrameSpan & Partial<Pick<PlannedFrame, 'target' | 'view'>>

/** A film with one frame more between each two, as the reference shows what it has searched: twice as many a second. */
export function withFramesBetween<F extends Frame>({ timescale, start, frames }: FilmPlan<F>): FilmPlan<F> {
  const inHalves = frames.map((frame) => ({ ...frame, time: 2 * frame.time, duration: 2 * frame.duration }))
  return {
    ...{ timescale: 2 * timescale, start },
    frames: withBetween(inHalves, halved).map((frame, i) =>
      // Those that were searched are shown for the first half of their time, but for the last one.
      i % 2 === 0 && i < 2 * (frames.length - 1) ? { ...frame, duration: frame.duration / 2 } : frame,
    ),
  }
}

/** The latents of those frames: between two at their mean. */
export function withLatentsBetween(latents: readonly FloatTensor[]): readonly FloatTensor[] {
  return withBetween(latents, latentBetween)
}

/** What is seen in the second half of a frame's time. */
function halved<F extends Frame>(frame: F, after: F): F {
  const { time, duration, target, view } = frame
  const between = (value: number, next: number) => (value + next) / 2
  return {
    ...frame,
    ...{ time: time + duration / 2, duration: duration / 2 },
    ...(target && after.target && { target: target.map((value, i) => between(value, after.target![i]!)) }),
    ...(view &&
      after.view && {
        view: quadFrom(view.flat().map((value, i) => between(value, after.view!.flat()[i]!))),
      }),
  }
}

function withBetween<T>(all: readonly T[], between: (one: T, next: T) => T): readonly T[] {
  return all.flatMap((one, i) => (i + 1 < all.length ? [one, between(one, all[i + 1]!)] : [one]))
}
