import type { Patch } from './bare-skin.ts'
import { outOfGap } from './gap.ts'
import { frameOf, type Portrait } from './portrait.ts'
import { type Raster, rasterOver } from './raster.ts'
import { sampleCubic } from './sampling.ts'

/** Grain is what differs from the mean of so many places around, which are so far away, in widths of the eye, or pixels at least. */
const [around, radius, leastRadius] = [8, 0.025, 1.5]

/** What differs by more than this times the mean of what does is no grain: hair, or an edge. */
const mostGrain = 2.5

/** Skin below an eye begins so far below what is taken off with it, in its widths. */
const below = 0.05

/**
 * The grain of the skin below an eye: three values of 255 at a place across and so far down, in widths of the eye. Hair
 * that lies there counts no more than grain.
 *
 * @param length how far down it reaches
 */
export function skinGrain({ image, quad }: Portrait, patch: Patch, length: number): Raster {
  const { x, y, a, b } = frameOf(quad)
  const { frame, lower } = patch.gap
  const pixels = Math.max(8, Math.hypot(a, b) * Math.hypot(frame.a, frame.b))
  const top = lower(0.5) + patch.down + below
  const ring = Array.from({ length: around }, (_, i) => (2 * Math.PI * i) / around)
  const away = Math.max(leastRadius, radius * pixels)
  const near = new Float64Array(3)
  const grain = rasterOver(
    [-patch.beyond, 0, 1 + patch.beyond, length],
    1 / pixels,
    3,
    (across, down, into) => {
      const [u, v] = outOfGap(frame, across, top + down)
      const [column, row] = [x + u * a - v * b, y + u * b + v * a]
      sampleCubic(image, column, row, into)
      for (const angle of ring) {
        sampleCubic(image, column + away * Math.cos(angle), row + away * Math.sin(angle), near)
        for (let c = 0; c < 3; c++) into[c]! -= near[c]! / around
      }
    },
  )
  const { values } = grain
  const most = (mostGrain * values.reduce((sum, value) => sum + Math.abs(value), 0)) / values.length
  return { ...grain, values: values.map((value) => Math.max(-most, Math.min(most, value))) }
}
