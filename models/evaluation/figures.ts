import { eyesDistance } from '../../src/engine/face/quad.ts'
import type { Image } from '../../src/engine/runtime.ts'
import type { FloatTensor } from '../../src/engine/tensor.ts'

/** Mean distance of 68 points from the exact ones, over the distance of the eyes of the exact ones. */
export function landmarkError(found: Float32Array, exact: Float32Array): number {
  let sum = 0
  for (let i = 0; i < exact.length; i += 2) {
    sum += Math.hypot(found[i]! - exact[i]!, found[i + 1]! - exact[i + 1]!)
  }
  return sum / (exact.length / 2) / eyesDistance(exact)
}

/** Peak signal to noise ratio in dB of two pictures of one size. */
export function psnr(a: Image, b: Image): number {
  let sum = 0
  for (let i = 0; i < a.data.length; i++) sum += (a.data[i]! - b.data[i]!) ** 2
  return 10 * Math.log10((255 ** 2 * a.data.length) / sum)
}

/** LPIPS from the scaled features of two pictures. */
export function perceptualDistance(a: readonly FloatTensor[], b: readonly FloatTensor[]): number {
  let sum = 0
  a.forEach(({ data }, tap) => {
    const other = b[tap]!.data
    for (let i = 0; i < data.length; i++) sum += (data[i]! - other[i]!) ** 2
  })
  return sum
}

/** Cells of a row of the grid in which colours are compared. */
const grid = 8

/** The colours of a square picture, averaged over the cells of a grid, 0..255. */
function cellColours({ width, data }: Image): Float64Array {
  const cells = new Float64Array(3 * grid * grid)
  const share = (grid / width) ** 2
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / 3)
    const [row, column] = [Math.floor(pixel / width), pixel % width].map((at) =>
      Math.floor((at * grid) / width),
    )
    cells[3 * (row! * grid + column!) + (i % 3)]! += data[i]! * share
  }
  return cells
}

/** Root mean square of the difference of two pictures' coarse colours, as a fraction of the range. */
export function colourError(a: Image, b: Image): number {
  const other = cellColours(b)
  const squares = cellColours(a).map((x, i) => (x - other[i]!) ** 2)
  return Math.sqrt(mean([...squares])) / 255
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The root mean square distance of values from their mean. */
export function deviation(values: readonly number[]): number {
  const middle = mean(values)
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)))
}

export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(2)} %`
}
