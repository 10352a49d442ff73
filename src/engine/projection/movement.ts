import { landmarkCount } from '../face/landmark-groups.ts'
import { innerStart } from '../likeness/inner-landmarks.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'
import { dampedLeastSquares, displaced, responsesAbout, type See } from './responses.ts'

/**
 * How the face of a tuned generator moves. All landmarks are 68 x (x, y), fractions of the square: [136].
 *
 * A search for other landmarks would leave the latents at which the generator was taught the person. So the face is moved
 * from the nearest place on the taught path by the least change of the latent that brings the landmarks there.
 */
export interface Movement {
  /** The latent of the look with its own landmarks, [1, rows, w_dim], where the path begins. */
  readonly own: FloatTensor
  /** The latent of the search, where the photograph was taught in full. */
  readonly found: FloatTensor
  /** Landmarks of the photographs that were taught at the two. */
  readonly ownPoints: FloatTensor
  readonly foundPoints: FloatTensor
  /** Directions of w, [count, w_dim]; see `principalDirections`. */
  readonly directions: FloatTensor
  /** By how much the landmarks move with one of each, [count, 136]. */
  readonly response: FloatTensor
}

/** How far along a direction its response is looked at: within a third of the deviation landmarks move in proportion. */
const reach = 0.3

/**
 * Looks how the landmarks of what the generator draws respond to each direction, halfway along the path.
 *
 * @param see the landmarks in what it draws of a latent before it is tuned
 */
export async function findMovement(
  see: See,
  path: Omit<Movement, 'response'>,
  onDirection?: () => void,
): Promise<Movement> {
  const halfway = along(path.own, path.found, 0.5)
  return { ...path, response: await responsesAbout(see, halfway, path.directions, reach, onDirection) }
}

/** How far beyond the end of the path the generator still draws the person; measured by `npm run eval:tuning`. */
const pathEnd = 1.25

/** The jaw slides along its outline, so it counts less than the face itself. */
const jawWeight = 0.2

/** Against moving far for little: in squared fractions of the square, for a deviation of W. */
const damping = 1e-3

/** The response changes on the way; so often the rest of it is made good. */
const corrections = 3

/** The most that a face is moved off its path, in deviations of W. */
const farthest = 4

/**
 * The latent at which the landmarks are nearest to `aim`, without leaving where the generator was taught the person, by damped
 * least squares.
 */
export async function movedLatent(
  { own, found, ownPoints, foundPoints, directions, response }: Movement,
  see: See,
  aim: ArrayLike<number>,
): Promise<FloatTensor> {
  const place = placeOnPath(aim, ownPoints.data, foundPoints.data)
  const base = along(own, found, place)
  const basePoints = along(ownPoints, foundPoints, place).data
  const drawn = await see(base)
  const leastSquares = dampedLeastSquares(response, landmarkWeights(), damping)
  let lengths: readonly number[] = Array(directions.shape[0]).fill(0)
  let latent = base
  for (let correction = 0; correction < corrections; correction++) {
    const seen = correction === 0 ? drawn : await see(latent)
    const left = Array.from(basePoints, (from, i) => aim[i]! - from - (seen[i]! - drawn[i]!))
    const step = leastSquares.step(left, lengths)
    lengths = within(
      lengths.map((length, i) => length + step[i]!),
      farthest,
    )
    latent = displaced(base, directions, lengths)
  }
  return latent
}

/** How far along the path its landmarks come nearest to `aim`, 0 being its beginning. */
function placeOnPath(aim: ArrayLike<number>, from: ArrayLike<number>, to: ArrayLike<number>): number {
  let [forward, length] = [0, 0]
  landmarkWeights().forEach((weight, i) => {
    const way = to[i]! - from[i]!
    forward += weight * way * (aim[i]! - from[i]!)
    length += weight * way * way
  })
  return length === 0 ? 0 : Math.min(pathEnd, Math.max(0, forward / length))
}

/** Of each coordinate. */
function landmarkWeights(): readonly number[] {
  return Array.from({ length: 2 * landmarkCount }, (_, i) => (i >> 1 < innerStart ? jawWeight : 1))
}

/** A row vector that is no longer than that. */
function within(lengths: readonly number[], most: number): readonly number[] {
  const length = Math.hypot(...lengths)
  return length <= most ? lengths : lengths.map((one) => (one * most) / length)
}

function along({ shape, data }: FloatTensor, other: FloatTensor, part: number): FloatTensor {
  return floatTensor(
    shape,
    data.map((value, i) => value + part * (other.data[i]! - value)),
  )
}
