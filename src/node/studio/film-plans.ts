import { filmTargets } from '../../engine/motion/film-targets.ts'
import type { FilmOrder } from '../../shared/film.ts'
import type { Project } from '../../shared/project.ts'
import type { Driver } from '../drivers/driver.ts'
import type { RememberedFace } from '../engine/likeness-messages.ts'
import { boundedCache } from '../host/bounded-cache.ts'
import { type KnownShapeModel, loadShapeModel } from '../models/shape-model.ts'
import { faceIn } from './likeness-commands.ts'
import { pictureIn } from './picture-commands.ts'
import type { DriverOpener } from './project-drivers.ts'

/** A film of a project before a frame of it is drawn. */
export interface FilmPlan {
  readonly look: RememberedFace
  readonly driver: Driver
  /** Where the look's landmarks lie in each frame of the driver: 68 x (x, y) as fractions of the film's square. */
  readonly targets: readonly Float32Array[]
}

/** Plans films of projects. */
export interface FilmPlanner {
  /** Null where the look is no photograph with a face. Throws MienError as `DriverOpener` does. */
  plan(project: Project, order: FilmOrder): Promise<FilmPlan | null>
}

/** Of a target, in bytes. */
const targetBytes = 4 * 136
/** Of twenty minutes. */
const keptBytes = 16 * 2 ** 20

/** Targets that were asked for last are kept: a frame after the other is looked at. */
export function filmPlanner(opener: DriverOpener): FilmPlanner {
  const known = boundedCache<readonly Float32Array[]>(keptBytes, ({ length }) => length * targetBytes)
  let model: Promise<KnownShapeModel> | undefined

  return {
    async plan(project, { look: of, driver: id, film }) {
      const driver = await opener.open(project, id)
      const look = faceIn(pictureIn(project, of))
      if (look === null) return null
      const key = [driver.folder, look.points.join(), JSON.stringify(film)].join(' ')
      const before = known.get(key)
      if (before !== undefined) return { look, driver, targets: before }
      model ??= loadShapeModel()
      const targets = filmTargets(await model, look.points, driver.motion, film)
      known.set(key, targets)
      return { look, driver, targets }
    },
  }
}
