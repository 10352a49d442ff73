import { landmarkCount } from '../../src/engine/face/landmark-groups.ts'
import { eyesDistance, ffhqQuad, pointsInQuad } from '../../src/engine/face/quad.ts'
import { innerStart } from '../../src/engine/likeness/inner-landmarks.ts'
import { fitMotion } from '../../src/engine/motion/motion-fit.ts'
import { lidPairs, openingRatios } from '../../src/engine/motion/openings.ts'
import type { ShapeModel } from '../../src/engine/motion/shape-model.ts'
import { smoothedMotion } from '../../src/engine/motion/smoothed-motion.ts'
import { type TransferSettings, transferredPoints, usualTransfer } from '../../src/engine/motion/transfer.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { mean } from './figures.ts'
import type { HeldOutFilm } from './held-out-films.ts'

/** What targets are made from, and how. */
export interface MotionCase {
  readonly look: 'resting' | 'look'
  /** How far landmarks are off on average, in distances of the eyes. */
  readonly noise: number
  readonly mode: TransferSettings['mode']
  /** Frames that are smoothed over. */
  readonly window: number
}

/** How far targets are from what the look would be drawn as. */
export interface MotionFigures {
  /** Mean distances of the landmarks within the face and of the jaw, in distances of the eyes. */
  readonly inside: number
  readonly jaw: number
  /** Mean second difference, from frame to frame, of what they are off, in distances of the eyes. */
  readonly jitter: number
  /** How far eyes are open that should be shut, and how far all openings are off, as ratios of the width. */
  readonly shut: number
  readonly openings: number
}

/** In a drawing, lids nearer than this ratio of their width are shut. */
const shut = 0.05

/** The figures of all frames of films together. */
export function motionFigures(
  model: ShapeModel,
  films: readonly HeldOutFilm[],
  motionCase: MotionCase,
): MotionFigures {
  const all = films.map((film, seed) => filmOffsets(model, film, motionCase, seed))
  const offsets = all.flatMap(({ offsets }) => offsets)
  const openings = all.flatMap(({ openings }) => openings)
  return {
    inside: mean(offsets.map((frame) => length(frame, innerStart, landmarkCount))),
    jaw: mean(offsets.map((frame) => length(frame, 0, innerStart))),
    jitter: mean(all.flatMap((film) => secondDifferences(film.offsets))),
    shut: mean(
      openings.filter(({ lids, truth }) => lids && truth < shut).map(({ made, truth }) => made - truth),
    ),
    openings: mean(openings.map(({ made, truth }) => Math.abs(made - truth))),
  }
}

/** How far each frame's landmarks are off, 68 x (x, y) in distances of the eyes, and all openings. */
function filmOffsets(
  model: ShapeModel,
  film: HeldOutFilm,
  { look, noise, mode, window }: MotionCase,
  seed: number,
) {
  const random = new MersenneTwister(seed)
  const noisy = (points: ArrayLike<number>) => {
    // The mean distance of points that are normal in x and y is the square root of half pi times the deviation.
    const deviation = (noise * eyesDistance(points)) / Math.sqrt(Math.PI / 2)
    const draws = random.normals(points.length)
    return Float64Array.from(points, (value, i) => value + deviation * draws[i]!)
  }
  const still = fitMotion(model, [noisy(film[look])])
  const whole = [{ start: 0, end: film.driver.length }]
  const driver = smoothedMotion(fitMotion(model, film.driver.map(noisy)), whole, window)
  const made = transferredPoints(model, still, driver, { ...usualTransfer, mode }).map(aligned)
  const truth = film.truth.map(aligned)
  return {
    offsets: truth.map((points, i) =>
      points.map((value, k) => (made[i]![k]! - value) / eyesDistance(points)),
    ),
    openings: truth.flatMap((points, i) => {
      const ratios = openingRatios(made[i]!)
      return openingRatios(points).map((truth, k) => ({ lids: k < lidPairs, truth, made: ratios[k]! }))
    }),
  }
}

function aligned(points: ArrayLike<number>): Float32Array {
  return pointsInQuad(points, ffhqQuad(points))
}

/** The mean length of the vectors from one landmark to the one before another. */
function length(vectors: ArrayLike<number>, from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i++) sum += Math.hypot(vectors[2 * i]!, vectors[2 * i + 1]!)
  return sum / (to - from)
}

/** The mean lengths, a frame each, of the second differences of landmarks: 68 x (x, y). */
export function secondDifferences(frames: readonly Float32Array[]): readonly number[] {
  return frames.slice(2).map((after, i) => {
    const [before, at] = [frames[i]!, frames[i + 1]!]
    const difference = after.map((value, k) => value - 2 * at[k]! + before[k]!)
    return length(difference, 0, landmarkCount)
  })
}
