import { MienError } from '../errors.ts'
import type { FloatTensor } from '../tensor.ts'

/**
 * The points that heat maps [1, N, H, W] show, N x (x, y) as fractions of the picture's width and height:
 * the centre of the largest cell, a quarter of a cell towards its larger neighbour (Newell et al. 2016).
 */
export function heatMapPoints({ shape, data }: FloatTensor): Float32Array {
  const [batch, count, height, width] = shape
  if (shape.length !== 4 || batch !== 1) {
    throw new MienError('bad-graph', `Heat maps are [1, N, H, W], not [${shape.join(', ')}].`)
  }
  const points = new Float32Array(2 * count!)
  for (let i = 0; i < count!; i++) {
    const map = data.subarray(i * height! * width!, (i + 1) * height! * width!)
    const peak = indexOfLargest(map)
    const column = peak % width!
    const row = (peak - column) / width!
    points[2 * i] = (column + 0.5 + quarterShift(map, peak, 1, column, width!)) / width!
    points[2 * i + 1] = (row + 0.5 + quarterShift(map, peak, width!, row, height!)) / height!
  }
  return points
}

function indexOfLargest(values: Float32Array): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i
  return best
}

/** None at the border, where a neighbour is missing. */
function quarterShift(map: Float32Array, peak: number, step: number, at: number, extent: number): number {
  if (at === 0 || at === extent - 1) return 0
  return 0.25 * Math.sign(map[peak + step]! - map[peak - step]!)
}
