import type { Quad } from '../../engine/face/quad.ts'
import { fadedFrames } from '../../engine/motion/film-targets.ts'
import { keyedMotion } from '../../engine/motion/key-frames.ts'
import type { Fade } from '../../engine/motion/looped-motion.ts'
import type { FilmExport, FilmOrder } from '../../shared/film.ts'
import { loadShapeModel } from '../models/shape-model.ts'
import { aimsOf, type FilmPlan as PlannedFilm, plannedFilm } from '../runs/kinds/film/film-plan.ts'
import type { FilmPlan } from './film-plans.ts'
import { wrongUse } from './wrong-use.ts'

type Aims = readonly { readonly target: Float32Array; readonly view?: Quad }[]

/**
 * Which frames a film has that is taken out, and when, at the driver's own times. Throws MienError 'wrong-use' for frames that the driver
 * does not have.
 */
export async function filmSchedule(
  plan: FilmPlan,
  { film, drawn }: FilmOrder,
  { loop, ...wish }: Pick<FilmExport, 'range' | 'loop'>,
): Promise<PlannedFilm> {
  const { look, driver } = plan
  const part = rangeIn(plan, wish)
  const shapes = await loadShapeModel()
  return plannedFilm(driver, part, { loop, keyFrames: film.keyFrames }, (motion, fades) => {
    if (!loop) return aimsIn(plan, part)
    return drawn === undefined ? aimsOf(shapes, 'photograph', look, film)(motion) : drawnLoop(fades)
  })

  /** All frames but those that fade are as they were searched for. */
  function drawnLoop(fades: readonly Fade[]): Aims {
    const [from, to] = part
    const inWhole = fades.map((fade) => ({ ...fade, from: from + fade.from, to: from + fade.to }))
    const keyed = keyedMotion(driver.motion, film.keyFrames)
    return [
      ...aimsIn(plan, [from + fades.length, to - fades.length]),
      ...fadedFrames(shapes, look.points, keyed, film, inWhole),
    ]
  }
}

/** The frames that are taken out, from the first to before the second. Throws MienError 'wrong-use' for some that the driver does not have. */
export function rangeIn(
  { undragged }: Pick<FilmPlan, 'undragged'>,
  { range = [0, undragged.length] }: Pick<FilmExport, 'range'>,
): readonly [from: number, to: number] {
  if (range[1] > undragged.length) throw wrongUse(`The driver has ${undragged.length} frames.`)
  return range
}

function aimsIn({ targets, views }: FilmPlan, [from, to]: readonly [from: number, to: number]): Aims {
  return targets.slice(from, to).map((target, i) => ({ target, ...(views && { view: views[from + i]! }) }))
}
