import { type AnimationSetup, animate } from '../../src/engine/animation/animation.ts'
import type { FilmDirections } from '../../src/engine/animation/film-directions.ts'
import { type FilmSight, openFilmSight } from '../../src/engine/animation/film-sight.ts'
import {
  type FirstFrame,
  type FirstFrameSetup,
  firstSquares,
  searchFirstFrame,
} from '../../src/engine/animation/first-frame.ts'
import { type FilmLook, frameError, frameTargets } from '../../src/engine/animation/frame-targets.ts'
import { eyesDistance } from '../../src/engine/face/quad.ts'
import { filmTargets, usualFilm } from '../../src/engine/motion/film-targets.ts'
import { fitMotion } from '../../src/engine/motion/motion-fit.ts'
import type { ShapeModel } from '../../src/engine/motion/shape-model.ts'
import { latentStatistics } from '../../src/engine/projection/latent-statistics.ts'
import { flatNoise } from '../../src/engine/projection/noise.ts'
import { extraTerms, type Networks } from '../../src/engine/projection/objective.ts'
import { atRest, openProjector, type Projector } from '../../src/engine/projection/projector.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { ratesAt } from '../../src/engine/projection/schedule.ts'
import type { ProjectionSettings } from '../../src/engine/projection/settings.ts'
import { targetsOf } from '../../src/engine/projection/targets.ts'
import type { Runtime } from '../../src/engine/runtime.ts'
import type { FloatTensor } from '../../src/engine/tensor.ts'
import type { LandmarkReader } from '../../src/node/worker/landmark-reader.ts'
import { mean } from './figures.ts'
import type { Portrait } from './held-out.ts'
import { filmRate, type HeldOutFilm } from './held-out-films.ts'
import { secondDifferences } from './motion-figures.ts'
import { cameraFrame, cameraView, inView } from './moved-photograph.ts'

/** What films are searched and judged with. */
export interface FilmCase {
  readonly runtime: Runtime
  readonly networks: Networks
  /** Of the landmark network's Gaussians, in cells. */
  readonly deviation: number
  readonly judge: LandmarkReader
  readonly settings: ProjectionSettings
  readonly model: ShapeModel
  /** Frames of a film that are searched for; still searches that it is compared with; and steps a frame. */
  readonly frames: number
  readonly stills: number
  readonly steps: number
}

/** How well the frames of a film were met by one way of searching. */
export interface WayFigures {
  /** Mean distance of the landmarks that the judge finds from their targets, in distances of the eyes. */
  readonly landmarks: number
  /** Mean second difference, from frame to frame, of what they are off, in distances of the eyes; the judge's own is in it. */
  readonly jitter: number
  /** The perceptual term over the film, over that of the first frame. */
  readonly perceptual: number
  /** A frame, after the first. */
  readonly seconds: number
}

/** The ways by which frames are found. */
export const filmWays = ['linear', 'refined', 'warm'] as const
export type FilmWay = (typeof filmWays)[number]

export interface DrawnFilmFigures {
  readonly ways: Readonly<Record<FilmWay, WayFigures>>
  /** Of still searches for frames that are spread over the film. */
  readonly still: Pick<WayFigures, 'landmarks' | 'seconds'>
  /** Jitter that the judge sees in a still picture that is moved. */
  readonly judgeJitter: number
  /** The search for the first frame, and the directions. */
  readonly firstSeconds: number
  readonly directionsSeconds: number
}

/** The figures of a held-out drawn film, whose look is the portrait. */
export async function drawnFilmFigures(
  filmCase: FilmCase,
  film: HeldOutFilm,
  portrait: Portrait,
): Promise<DrawnFilmFigures> {
  const { runtime, networks, settings, frames, steps, deviation } = filmCase
  const { resolution } = networks.generator
  const targets = targetsOfFilm(filmCase.model, film).slice(0, frames)
  const look = { image: portrait.image, deviation }
  const setup = { runtime, networks: async () => networks, look, settings, firstTarget: targets[0]! }
  const [first, firstSeconds] = await timed(() => searchFirstFrame(setup, {}))
  const [directions, directionsSeconds] = await timed(() =>
    directionsOf({ ...setup, first, frames: [], steps: 0 }),
  )
  const noise = flatNoise(networks.generator.noise, first.noise)
  const sight = await openFilmSight(runtime, networks, settings.space, noise)
  const extra = await extraTerms(runtime, networks, settings)
  const statistics = await latentStatistics(runtime, networks.generator)
  const projector = await openProjector(runtime, networks, statistics, settings.space, { extra })
  const { landmarkMask } = settings
  const own = await targetsOf(runtime, networks, firstSquares(look, targets[0]!), { landmarkMask })
  const filmLook = { targets: own, deviation, resolution, landmarkMask }
  const judged = judgement(filmCase, { projector, sight, filmLook, noise, targets }, first.latent)
  const drawn = async (steps: number) => {
    const latents: FloatTensor[] = []
    const all = targets.map((target, index) => ({ index, target }))
    const onFrame = ({ latent }: { readonly latent: FloatTensor }) => void latents.push(latent)
    await animate({ ...setup, first, directions, frames: all, steps }, { onFrame })
    return latents
  }
  try {
    return {
      ways: {
        linear: await judged(() => drawn(0)),
        refined: await judged(() => drawn(steps)),
        warm: await judged(() => warmFilm(projector, first, noise, filmLook, targets, settings)),
      },
      still: await stillFigures(filmCase, setup, targets),
      judgeJitter: await jitterOfJudge(filmCase.judge, portrait, frames),
      ...{ firstSeconds, directionsSeconds },
    }
  } finally {
    await projector.dispose()
    await sight.dispose()
  }
}

function targetsOfFilm(model: ShapeModel, { look, driver }: HeldOutFilm): readonly Float32Array[] {
  const times = driver.map((_, i) => i)
  const segments = [{ start: 0, end: driver.length }]
  const film = { motion: fitMotion(model, driver), segments, times, timescale: filmRate }
  // The truth has the driver's pose and openings.
  return filmTargets(model, look, film, { ...usualFilm, mode: 'posed' })
}

async function directionsOf(setup: AnimationSetup): Promise<FilmDirections> {
  let found: FilmDirections | undefined
  await animate(setup, {
    onDirections(directions) {
      found = directions
    },
  })
  return found!
}

/** What frames are judged by. */
interface Judging {
  readonly projector: Projector
  readonly sight: FilmSight
  readonly filmLook: FilmLook
  readonly noise: FloatTensor
  readonly targets: readonly Float32Array[]
}

type Judged = (search: () => Promise<readonly FloatTensor[]>) => Promise<WayFigures>

/** Judges what a way of searching finds for all frames. */
function judgement(
  { judge, settings, networks }: FilmCase,
  { projector, sight, filmLook, noise, targets }: Judging,
  first: FloatTensor,
): Judged {
  const { resolution } = networks.generator
  const perceptual = async (latent: FloatTensor, target: ArrayLike<number>) => {
    const state = { step: 0, latent: atRest(latent), noise: atRest(noise) }
    return (await projector.evaluate(state, frameTargets(filmLook, target), settings)).metrics.perceptual
  }
  return async (search) => {
    const [latents, seconds] = await timed(search)
    const errors: number[] = []
    const distances: number[] = []
    const offsets: Float32Array[] = []
    for (const [i, latent] of latents.entries()) {
      const target = targets[i]!
      const { image } = await sight.look(latent)
      const points = (await judge.read(image)).map((pixel) => pixel / resolution)
      errors.push(frameError(points, target))
      distances.push(await perceptual(latent, target))
      offsets.push(points.map((value, k) => (value - target[k]!) / eyesDistance(target)))
    }
    return {
      landmarks: mean(errors),
      jitter: mean(secondDifferences(offsets)),
      perceptual: mean(distances) / (await perceptual(first, targets[0]!)),
      seconds: seconds / latents.length,
    }
  }
}

async function stillFigures(
  { runtime, networks, settings, judge, stills }: FilmCase,
  setup: FirstFrameSetup,
  targets: readonly Float32Array[],
): Promise<DrawnFilmFigures['still']> {
  const { generator } = networks
  const all: DrawnFilmFigures['still'][] = []
  for (let i = 0; i < stills; i++) {
    const firstTarget = targets[Math.round(((i + 0.5) / stills) * (targets.length - 1))]!
    const [{ latent, noise }, seconds] = await timed(() => searchFirstFrame({ ...setup, firstTarget }, {}))
    const sight = await openFilmSight(runtime, networks, settings.space, flatNoise(generator.noise, noise))
    const { image } = await sight.look(latent)
    await sight.dispose()
    const points = (await judge.read(image)).map((pixel) => pixel / generator.resolution)
    all.push({ landmarks: frameError(points, firstTarget), seconds })
  }
  return {
    landmarks: mean(all.map(({ landmarks }) => landmarks)),
    seconds: mean(all.map(({ seconds }) => seconds)),
  }
}

/** Steps of the film search of the reference that are compared with. */
const warmSteps = 10

/** Each frame from the latent of the one before, by the reference's schedule, with fixed noise. */
async function warmFilm(
  projector: Projector,
  first: FirstFrame,
  noise: FloatTensor,
  look: FilmLook,
  targets: readonly Float32Array[],
  settings: ProjectionSettings,
): Promise<readonly FloatTensor[]> {
  const random = new MersenneTwister(settings.seed)
  const latents: FloatTensor[] = []
  let { latent } = first
  for (const target of targets) {
    const aim = frameTargets(look, target)
    let state = { step: 0, latent: atRest(latent), noise: atRest(noise) }
    for (let step = 0; step < warmSteps; step++) {
      const rates = ratesAt(step / warmSteps)
      const { next } = await projector.step(state, aim, { ...settings, steps: warmSteps }, random, rates)
      state = { ...next, noise: atRest(noise) }
    }
    latent = state.latent.parameter
    latents.push(latent)
  }
  return latents
}

/** Frames of one sway of the camera, which then moves by 1.4 % of the eyes' distance a frame; the films' landmarks move by 1.1 %. */
const sway = 8 * filmRate

/** How much the judge's landmarks of a still picture tremble when a camera moves over it. */
async function jitterOfJudge(
  judge: LandmarkReader,
  { image, points }: Portrait,
  frames: number,
): Promise<number> {
  const eyes = eyesDistance(points)
  const size = { width: image.width, height: image.height }
  const offsets: Float32Array[] = []
  for (let frame = 0; frame < frames; frame++) {
    const view = cameraView({ points }, { eyes, size, period: sway }, frame)
    const found = await judge.read(cameraFrame(image, view, size))
    const exact = inView(points, view)
    offsets.push(found.map((value, i) => (value - exact[i]!) / eyes))
  }
  return mean(secondDifferences(offsets))
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const started = performance.now()
  const result = await work()
  return [result, (performance.now() - started) / 1000]
}
