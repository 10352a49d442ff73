import { setImmediate } from 'node:timers/promises'
import { filmTargets, photographTarget } from '../../engine/motion/film-targets.ts'
import type { Motion } from '../../engine/motion/motion.ts'
import { smoothedMotion } from '../../engine/motion/smoothed-motion.ts'
import { boundedCache } from '../../shared/bounded-cache.ts'
import type { FilmOrder } from '../../shared/film.ts'
import type { FilmSettingsRecord } from '../../shared/film-settings.ts'
import type { Project } from '../../shared/project.ts'
import type { Driver } from '../drivers/driver.ts'
import type { RememberedFace } from '../engine/likeness-messages.ts'
import { loadShapeModel } from '../models/shape-model.ts'
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
  /** Null where the look shows no face. Throws MienError as `DriverOpener` does. */
  plan(project: Project, order: FilmOrder): Promise<FilmPlan | null>
}

/** Of a target, in bytes. */
const targetBytes = 4 * 136
/** Of twenty minutes. */
const keptBytes = 16 * 2 ** 20

/** Frames after which others have their turn: they take 20 ms. */
const inOneGo = 100

/** Targets that were asked for last are kept: a frame after the other is looked at. */
export function filmPlanner(opener: DriverOpener): FilmPlanner {
  const known = boundedCache<readonly Float32Array[]>(keptBytes, ({ length }) => length * targetBytes)
  /** Only the slider of the smoothing changes it. */
  let smoothed: { readonly of: Driver; readonly smoothing: number; readonly motion: Motion } | undefined

  function smooth(driver: Driver, smoothing: number): Motion {
    if (smoothed?.of !== driver || smoothed.smoothing !== smoothing) {
      const motion = smoothedMotion(driver.motion.motion, driver.motion.segments, smoothing)
      smoothed = { of: driver, smoothing, motion }
    }
    return smoothed.motion
  }

  /** As a run that searches for it has them: to the bit, since its frames are found by them. */
  const drawnTargets = async (look: RememberedFace, { motion }: Driver, film: FilmSettingsRecord) =>
    filmTargets(await loadShapeModel(), look.points, motion, film)

  /** As `photographTargets`, but that nobody waits for a long film to be gone through. */
  async function photographTargets(
    look: RememberedFace,
    driver: Driver,
    { smoothing, ...transfer }: FilmSettingsRecord,
  ): Promise<readonly Float32Array[]> {
    const model = await loadShapeModel()
    const motion = smooth(driver, smoothing)
    const targetOf = photographTarget(model, look, motion, transfer)
    const targets: Float32Array[] = []
    for (const frame of motion.frames) {
      targets.push(targetOf(frame))
      if (targets.length % inOneGo === 0) await setImmediate()
    }
    return targets
  }

  return {
    async plan(project, { look: of, driver: id, film, drawn }) {
      const driver = await opener.open(project, id)
      const look = faceIn(pictureIn(project, of))
      if (look === null) return null
      const way = drawn === undefined ? 'photograph' : 'drawn'
      const key = [way, driver.folder, look.points.join(), JSON.stringify(film)].join(' ')
      const before = known.get(key)
      if (before !== undefined) return { look, driver, targets: before }
      const targetsOf = way === 'drawn' ? drawnTargets : photographTargets
      const targets = await targetsOf(look, driver, film)
      known.set(key, targets)
      return { look, driver, targets }
    },
  }
}
