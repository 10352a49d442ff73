import type { FloatTensor } from '../tensor.ts'
import { drawnHeatMaps } from './drawn-heat-maps.ts'
import { heatMapPoints } from './heat-map-points.ts'
import { distancesFromShape } from './shape-fit.ts'

/** Where a measure says that a heat map is worth nothing, and where it finds no fault. */
interface Range {
  readonly bad: number
  readonly good: number
}

/*
 * On the 40 held-out portraits of the pack the landmark network's worst hundredth of maps has a peak of 0.67, a
 * likeness of 0.76 and a distance of 0.07; the ranges leave those alone, and as much again for networks that are less sure.
 */

/** Height of the peak; a network is taught 1. */
const height: Range = { bad: 0.1, good: 0.35 }
/** Cosine between the map and a Gaussian at its peak. */
const likeness: Range = { bad: 0.35, good: 0.65 }
/** From the place that the other landmarks let expect, in widths of the picture; an aligned face's eyes are 0.25 apart. */
const distance: Range = { bad: 0.2, good: 0.1 }

/**
 * How far each heat map of a landmark network can be believed, 0..1: whether it has a peak, whether it is one Gaussian
 * and nothing else, and whether its place goes with the other landmarks'.
 *
 * @param heatMaps [1, 68, 64, 64]
 * @param deviation of the Gaussians that the network was taught, in cells
 * @returns 68 factors
 */
export function landmarkConfidence(heatMaps: FloatTensor, deviation: number): Float32Array {
  const points = heatMapPoints(heatMaps)
  const drawn = drawnHeatMaps(points, deviation)
  const size = drawn.data.length / (points.length / 2)
  const shaped = Float32Array.from({ length: points.length / 2 }, (_, i) => {
    const seen = heatMaps.data.subarray(i * size, (i + 1) * size)
    const { peak, cosine } = compared(seen, drawn.data.subarray(i * size, (i + 1) * size))
    return within(height, peak) * within(likeness, cosine)
  })
  const distances = distancesFromShape(points, shaped)
  return shaped.map((factor, i) => factor * within(distance, distances[i]!))
}

/** In portraits and photographs the mean confidence is 0.88 and more, in noise and what is no face 0.35 at most. */
const leastOfFace = 0.5

/** Whether a landmark network sees a face at all in a picture; parameters as of `landmarkConfidence`. */
export function showsFace(heatMaps: FloatTensor, deviation: number): boolean {
  const confidence = landmarkConfidence(heatMaps, deviation)
  return confidence.reduce((sum, factor) => sum + factor, 0) >= leastOfFace * confidence.length
}

/** The largest value of a map, and the cosine between it and what is drawn; 0 for an empty map. */
function compared(seen: Float32Array, drawn: Float32Array) {
  let peak = 0
  let [product, seenSquares, drawnSquares] = [0, 0, 0]
  for (let i = 0; i < seen.length; i++) {
    const [x, y] = [seen[i]!, drawn[i]!]
    peak = Math.max(peak, x)
    product += x * y
    seenSquares += x * x
    drawnSquares += y * y
  }
  return { peak, cosine: product === 0 ? 0 : product / Math.sqrt(seenSquares * drawnSquares) }
}

/** 0 at the bad end of a range and beyond, 1 at the good one. */
function within({ bad, good }: Range, value: number): number {
  return Math.min(1, Math.max(0, (value - bad) / (good - bad)))
}
