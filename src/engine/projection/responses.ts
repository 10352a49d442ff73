import { Matrix, solve } from 'ml-matrix'
import { type FloatTensor, floatTensor } from '../tensor.ts'

/** What is seen in what a generator draws of a latent: as many numbers each time. */
export type See = (latent: FloatTensor) => Promise<ArrayLike<number>>

/**
 * By how much what is seen changes with one of each direction, about a latent: by central differences, so each takes two
 * pictures.
 *
 * @param directions [count, w_dim]
 * @param reach how far along a direction is looked, in lengths of it
 * @returns [count, as many as are seen]
 */
export async function responsesAbout(
  see: See,
  latent: FloatTensor,
  directions: FloatTensor,
  reach: number,
  onDirection: () => void = () => undefined,
): Promise<FloatTensor> {
  const [count] = directions.shape as [number, number]
  const rows: Float32Array[] = []
  for (let row = 0; row < count; row++) {
    const stepped = (length: number) => see(displaced(latent, directions, unit(count, row, length)))
    const [ahead, behind] = [await stepped(reach), await stepped(-reach)]
    rows.push(Float32Array.from(ahead, (value, i) => (value - behind[i]!) / (2 * reach)))
    onDirection()
  }
  const seen = rows[0]!.length
  const response = new Float32Array(count * seen)
  for (const [row, values] of rows.entries()) response.set(values, row * seen)
  return floatTensor([count, seen], response)
}

/**
 * Damped least squares (Levenberg-Marquardt with a fixed response): lengths along directions that bring about a change with the
 * least squares of what is missed, weighted, and `damping` times those of the lengths.
 */
export interface LeastSquares {
  /** @param from lengths that the step is taken from; it makes good what is still to change, and none if absent */
  step(change: ArrayLike<number>, from?: readonly number[]): readonly number[]
}

/**
 * @param response [count, as many as are seen]
 * @param weights of what is seen
 */
export function dampedLeastSquares(
  { shape, data }: FloatTensor,
  weights: readonly number[],
  damping: number,
): LeastSquares {
  const [count, seen] = shape as [number, number]
  const responses = Matrix.from1DArray(count, seen, data)
  const weighted = responses.clone().mulRowVector(weights)
  const normal = weighted.mmul(responses.transpose()).add(Matrix.eye(count).mul(damping))
  return {
    step(change, from = Array(count).fill(0)) {
      const slope = weighted.mmul(Matrix.columnVector(Array.from(change)))
      return solve(normal, slope.sub(Matrix.columnVector([...from]).mul(damping))).to1DArray()
    },
  }
}

/** A latent that is moved so far along each direction, in every layer. */
export function displaced(
  { shape, data }: FloatTensor,
  directions: FloatTensor,
  lengths: readonly number[],
): FloatTensor {
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
