import { setImmediate } from 'node:timers/promises'
import type { Quad } from '../../engine/face/quad.ts'
import { type FrameTarget, filmFrames, photographTarget } from '../../engine/motion/film-targets.ts'
import { draggedAt, withDragged } from '../../engine/motion/key-frames.ts'
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
  /** The same of one frame, without laying key frames over all. */
  targetAt(frame: number): Float32Array
  /** The same before anything is dragged in key frames. */
  readonly undragged: readonly FrameTarget[]
  /** What is shown of the square in each frame, as fractions of it; all of it if absent. */
  readonly views?: readonly Quad[]
}

type UndraggedSettings = Omit<FilmSettingsRecord, 'keyFrames'>
type UndraggedFilm = Pick<FilmPlan, 'undragged' | 'views'>

/** Plans films of projects. */
export interface FilmPlanner {
  /** Null where the look shows no face. Throws MienError as `DriverOpener` does. */
  plan(project: Project, order: FilmOrder): Promise<FilmPlan | null>
}

/** Of a target, in bytes. */
const targetBytes = 4 * (136 + 6) + 64
/** Of twenty minutes. */
const keptBytes = 16 * 2 ** 20

/** Frames after which others have their turn: they take 20 ms. */
const inOneGo = 100

/** Targets that were asked for last are kept: a frame after the other is looked at. */
export function filmPlanner(opener: DriverOpener): FilmPlanner {
  const known = boundedCache<UndraggedFilm>(keptBytes, ({ undragged }) => undragged.length * targetBytes)
  /** Frames and landmarks of a film are asked for at the same time. */
  const coming = new Map<string, Promise<UndraggedFilm>>()
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
  async function drawnFilm(
    { points }: RememberedFace,
    { motion }: Driver,
    film: UndraggedSettings,
  ): Promise<UndraggedFilm> {
    const model = await loadShapeModel()
    const { targets: undragged, ...views } = filmFrames(model, points, motion, film)
    return { undragged, ...views }
  }

  /** As `photographTargets` without key frames, but that nobody waits for a long film to be gone through. */
  async function photographFilm(
    look: RememberedFace,
    driver: Driver,
    { smoothing, ...transfer }: UndraggedSettings,
  ): Promise<UndraggedFilm> {
    const model = await loadShapeModel()
    const motion = smooth(driver, smoothing)
    const targetOf = photographTarget(model, look, { ...driver.motion, motion }, transfer)
    const undragged: FrameTarget[] = []
    for (let frame = 0; frame < motion.frames.length; frame++) {
      undragged.push(targetOf(frame))
      if (undragged.length % inOneGo === 0) await setImmediate()
    }
    return { undragged }
  }

  async function made(key: string, film: Promise<UndraggedFilm>): Promise<UndraggedFilm> {
    coming.set(key, film)
    try {
      const planned = await film
      known.set(key, planned)
      return planned
    } finally {
      coming.delete(key)
    }
  }

  return {
    async plan(project, { look: of, driver: id, film, drawn }) {
      const driver = await opener.open(project, id)
      const look = faceIn(pictureIn(project, of))
      if (look === null) return null
      const { keyFrames, ...settings } = film
      const [way, make] =
        drawn === undefined ? (['photograph', photographFilm] as const) : (['drawn', drawnFilm] as const)
      const key = [way, driver.folder, look.points.join(), JSON.stringify(settings)].join(' ')
      const planned = known.get(key) ?? (await (coming.get(key) ?? made(key, make(look, driver, settings))))
      const targetAt = (frame: number) => {
        const { points, axes } = planned.undragged[frame]!
        const dragged = draggedAt(driver.motion, keyFrames ?? [], frame)
        return dragged ? withDragged(points, axes, dragged) : points
      }
      let all: readonly Float32Array[] | undefined
      return {
        ...{ look, driver, targetAt, ...planned },
        get targets() {
          all ??= planned.undragged.map((_, frame) => targetAt(frame))
          return all
        },
      }
    },
  }
}
