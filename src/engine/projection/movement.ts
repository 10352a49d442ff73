import { Matrix, solve } from 'ml-matrix'
import { landmarkCount } from '../face/landmark-groups.ts'
import { innerStart } from '../likeness/inner-landmarks.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'

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

/** The landmarks in what the generator draws of a latent before it is tuned. */
export type SeeLandmarks = (latent: FloatTensor) => Promise<ArrayLike<number>>

/** So many directions move a face; those after them hardly spread. */
export const movementDirections = 60

/** How far along a direction its response is looked at: within a third of the deviation landmarks move in proportion. */
const reach = 0.3

/**
 * Looks how the landmarks of what the generator draws respond to each direction, halfway along the path: by central
 * differences, so each takes two pictures.
 */
export async function findMovement(
  see: SeeLandmarks,
  path: Omit<Movement, 'response'>,
  onDirection: () => void = () => undefined,
): Promise<Movement> {
  const { directions } = path
  const [count] = directions.shape as [number, number]
  const halfway = along(path.own, path.found, 0.5)
  const response = new Float32Array(count * 2 * landmarkCount)
  for (let row = 0; row < count; row++) {
    const stepped = (length: number) => see(displaced(halfway, directions, unit(count, row, length)))
    const [ahead, behind] = [await stepped(reach), await stepped(-reach)]
    for (let i = 0; i < 2 * landmarkCount; i++) {
      response[row * 2 * landmarkCount + i] = (ahead[i]! - behind[i]!) / (2 * reach)
    }
    onDirection()
  }
  return { ...path, response: floatTensor([count, 2 * landmarkCount], response) }
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
 * least squares (Levenberg-Marquardt with a fixed response).
 */
export async function movedLatent(
  { own, found, ownPoints, foundPoints, directions, response }: Movement,
  see: SeeLandmarks,
  aim: ArrayLike<number>,
): Promise<FloatTensor> {
  const place = placeOnPath(aim, ownPoints.data, foundPoints.data)
  const base = along(own, found, place)
  const basePoints = along(ownPoints, foundPoints, place).data
  const drawn = await see(base)
  const [count, coordinates] = response.shape as [number, number]
  const responses = Matrix.from1DArray(count, coordinates, response.data)
  const weighted = responses.mmul(Matrix.diag(landmarkWeights()))
  const normal = weighted.mmul(responses.transpose()).add(Matrix.eye(count).mul(damping))
  let lengths: readonly number[] = Array(count).fill(0)
  let latent = base
  for (let correction = 0; correction < corrections; correction++) {
    const seen = correction === 0 ? drawn : await see(latent)
    const left = Array.from(basePoints, (from, i) => aim[i]! - from - (seen[i]! - drawn[i]!))
    const slope = weighted.mmul(Matrix.columnVector(left))
    const step = solve(normal, slope.sub(Matrix.columnVector([...lengths]).mul(damping))).to1DArray()
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

/** A latent that is moved so far along each direction, in every layer. */
function displaced({ shape, data }: FloatTensor, directions: FloatTensor, lengths: readonly number[]) {
  const [, wDim] = directions.shape as [number, number]
  const way = new Float64Array(wDim)
  lengths.forEach((length, row) => {
    for (let i = 0; i < wDim; i++) way[i]! += length * directions.data[row * wDim + i]!
  })
  return floatTensor(
    shape,
    data.map((value, i) => value + way[i % wDim]!),
  )
}

function unit(count: number, place: number, length: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => (i === place ? length : 0))
}
