import * as v from 'valibot'
import { count, finite } from '../../../../engine/fields.ts'
import { lostFrames } from '../../../../engine/track/lost-frames.ts'
import type { Driver } from '../../../drivers/driver.ts'
import type { WriteFilmOutcome } from '../../../engine/write-film-messages.ts'
import type { FilmPlan } from './film-plan.ts'

/** What came of a film when it was last written. */
export const filmReport = v.object({
  /** The version of Mien that made it. */
  mien: v.string(),
  frames: count,
  /** How long it is shown. */
  seconds: finite,
  /** From when to when of the film the driver's face was not seen, in seconds. */
  lost: v.pipe(v.array(v.pipe(v.tuple([finite, finite]), v.readonly())), v.readonly()),
  /** See `FilmFigures`. */
  error: finite,
  jitter: finite,
  identity: finite,
  warnings: v.pipe(v.array(v.string()), v.readonly()),
})
export type FilmReport = Readonly<v.InferOutput<typeof filmReport>>

export function reportOf(
  mien: string,
  plan: FilmPlan,
  driver: Pick<Driver, 'track'>,
  { count: written, figures, warnings }: Pick<WriteFilmOutcome, 'count' | 'figures' | 'warnings'>,
): FilmReport {
  if (figures === undefined) throw new Error('a film of a run was not judged')
  const frames = plan.frames.slice(0, written)
  const [first, last] = [frames[0]!, frames.at(-1)!]
  const seconds = (ticks: number) => Math.round((1000 * ticks) / plan.timescale) / 1000
  return {
    ...{ mien, frames: written, seconds: seconds(last.time + last.duration - first.time) },
    lost: lostIn(frames, driver).map(([from, to]) => [
      seconds(frames[from]!.time - first.time),
      seconds(frames[to]!.time + frames[to]!.duration - first.time),
    ]),
    ...figures,
    warnings,
  }
}

/** The frames of a film in which its driver was not seen, from the first to the last of each stretch. */
function lostIn(
  frames: FilmPlan['frames'],
  { track }: Pick<Driver, 'track'>,
): readonly (readonly [number, number])[] {
  const lost = track === undefined ? [] : lostFrames(track)
  const isLost = (frame: number) => lost.some(({ from, to }) => frame >= from && frame < to)
  const stretches: [number, number][] = []
  frames.forEach(({ index }, i) => {
    if (!isLost(index)) return
    const open = stretches.at(-1)
    if (open !== undefined && open[1] === i - 1) open[1] = i
    else stretches.push([i, i])
  })
  return stretches
}
