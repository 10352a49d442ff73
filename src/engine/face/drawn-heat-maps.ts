import { type FloatTensor, floatTensor } from '../tensor.ts'

/** Width and height of a landmark network's maps. */
const mapSize = 64

/**
 * The deviation of the Gaussians that FANs of photographs are taught, in cells: the published training of Bulat and
 * Tzimiropoulos (2017), 1adrianb/face-alignment-training, draws 7 cells of torch's image.gaussian, whose deviation is
 * a quarter of its size.
 */
export const photographDeviation = 1.75

/**
 * Heat maps as a landmark network is taught them: a Gaussian of height 1 at each point; cell i has its centre at
 * i + 0.5.
 *
 * @param points n x (x, y) as fractions of the picture's width and height
 * @param deviation the Gaussian's standard deviation in cells
 * @returns [1, n, 64, 64]
 */
export function drawnHeatMaps(points: ArrayLike<number>, deviation: number): FloatTensor {
  const count = points.length / 2
  const maps = new Float32Array(count * mapSize * mapSize)
  for (let i = 0; i < count; i++) {
    const [across, down] = [bell(points[2 * i]!, deviation), bell(points[2 * i + 1]!, deviation)]
    for (let row = 0; row < mapSize; row++) {
      const start = (i * mapSize + row) * mapSize
      for (let column = 0; column < mapSize; column++) maps[start + column] = down[row]! * across[column]!
    }
  }
  return floatTensor([1, count, mapSize, mapSize], maps)
}

function bell(centre: number, deviation: number): Float32Array {
  return Float32Array.from({ length: mapSize }, (_, i) =>
    Math.exp(-0.5 * ((i + 0.5 - centre * mapSize) / deviation) ** 2),
  )
}
