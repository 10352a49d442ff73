import { join } from 'node:path'
import { openDriver } from '../../../drivers/driver.ts'
import { loadShapeModel } from '../../../models/shape-model.ts'
import { driverFolder } from './film-driver.ts'
import { framesInRange } from './film-range.ts'
import type { KeptFilm } from './kept-film.ts'

/**
 * The frames of the film in a folder between two times, in seconds since it begins, from the first to before the second. Throws MienError
 * 'wrong-use' where there are none, and as `openDriver` does.
 */
export async function passageOf(
  folder: string,
  film: KeptFilm,
  range: readonly [from: number, to: number],
): Promise<readonly [from: number, to: number]> {
  const { filmPlan } = await import('./film-plan.ts')
  const { timescale, frames } = filmPlan(
    await loadShapeModel(),
    film,
    await openDriver(join(folder, driverFolder)),
  )
  const last = frames.at(-1)!
  const shown = {
    name: 'The film',
    ...{ timescale, times: frames.map(({ time }) => time), end: last.time + last.duration },
  }
  return framesInRange(shown, range)
}
