import { describe, expect, test } from 'vitest'
import { neutralPoints } from '../../src/engine/face/square-quad.ts'
import { eyeGap, inGap, outOfGap, reopened } from '../../src/engine/likeness/gap.ts'
import { openPhotographFilm } from '../../src/engine/likeness/photograph-film.ts'
import { wholeQuad } from '../../src/engine/likeness/portrait.ts'
import { sampleCubic } from '../../src/engine/likeness/sampling.ts'
import { slits } from '../../src/engine/likeness/slits.ts'
import { withOpenings } from '../../src/engine/motion/openings.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import type { Image } from '../../src/engine/runtime.ts'

const side = 400
const face = neutralPoints()
const [skinLight, eyeLight, grain] = [170, 60, 6]

/** Lids open by that ratio of their width. */
function opened(lids: number): Float32Array {
  return Float32Array.from(withOpenings(face, [lids, lids, lids, lids, 0, 0, 0]))
}

const wide = opened(0.3)
const eye = eyeGap(wide, slits.leftEye)

/** Skin of one light with dark eyes, and so much grain; as dark so far above the eyes and below them, in their widths. */
function lookWith(grain: number, above = 0, below = 0) {
  const random = new MersenneTwister(3).normals(side * side)
  const data = new Uint8Array(3 * side * side)
  for (let pixel = 0; pixel < side * side; pixel++) {
    const [u, v] = [((pixel % side) + 0.5) / side, (Math.floor(pixel / side) + 0.5) / side]
    const isEye = [slits.leftEye, slits.rightEye].some((slit) => {
      const { frame, upper, lower } = eyeGap(wide, slit)
      const [across, down] = inGap(frame, u, v)
      return across > 0 && across < 1 && down > upper(across) - above && down < lower(across) + below
    })
    data.fill((isEye ? eyeLight : skinLight) + grain * random[pixel]!, 3 * pixel, 3 * pixel + 3)
  }
  return { image: { width: side, height: side, data }, quad: wholeQuad(side), points: wide }
}

/** Lights of a lid, row by row, from its edge upwards in steps of a pixel, where its eye is open so many times as far. */
function lidLights(image: Image, times: number): number[][] {
  const gap = reopened(eye, eye, times)
  const step = 1 / (side * gap.frame.a)
  const colour = new Float64Array(3)
  return Array.from({ length: 8 }, (_, row) =>
    Array.from({ length: 30 }, (_, i) => {
      const across = 0.5 + (i - 15) * step
      const [u, v] = outOfGap(gap.frame, across, gap.upper(across) - 0.08 - row * step)
      sampleCubic(image, u * side - 0.5, v * side - 0.5, colour)
      return colour[0]!
    }),
  )
}

/** What is left of rows when those of a lid without grain are taken away. */
function grainOf(lights: number[][], smooth: number[][]): number[] {
  const left = lights.flatMap((row, i) => row.map((light, k) => light - smooth[i]![k]!))
  const mean = left.reduce((sum, value) => sum + value, 0) / left.length
  return left.map((value) => value - mean)
}

const deviation = (values: readonly number[]) =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)

describe('a lid that shuts', () => {
  const [grained, smooth] = [lookWith(grain), lookWith(0)].map((look) => openPhotographFilm(look))
  const grainAt = (lids: number, times: number) => {
    const [a, b] = [grained!, smooth!].map((film) => lidLights(film.frame(opened(lids)).image, times))
    return grainOf(a!, b!)
  }
  const shut = grainAt(0, 0)

  test('has the grain of the skin', () => {
    expect(deviation(shut)).toBeGreaterThan(0.4 * grain)
    expect(deviation(shut)).toBeLessThan(1.5 * grain)
  })

  test('takes its grain along', () => {
    const nearly = grainAt(0.06, 0.2)
    const product = shut.reduce((sum, value, i) => sum + value * nearly[i]!, 0) / shut.length
    expect(product / (deviation(shut) * deviation(nearly))).toBeGreaterThan(0.6)
  })

  test('is round: darker in its fold and at its edge than between them', () => {
    const { image } = smooth!.frame(opened(0))
    const closed = reopened(eye, eye, 0)
    const lightAt = (down: number) => {
      const [u, v] = outOfGap(closed.frame, 0.5, down)
      return image.data[3 * (Math.floor(v * side) * side + Math.floor(u * side))]!
    }
    const [fold, edge] = [eye.upper(0.5), closed.upper(0.5)]
    const between = lightAt(edge - 0.6 * (edge - fold))
    expect(lightAt(fold)).toBeLessThan(0.95 * between)
    expect(lightAt(edge - 0.06)).toBeLessThan(0.95 * between)
    expect(between).toBeGreaterThan(0.9 * skinLight)
  })

  test('has lashes below its edge as far as they stood above it, and nothing of the shadow further up', () => {
    // Above lids with high brows much is taken off the skin.
    const highBrows = (points: Float32Array) =>
      points.map((value, i) => (i >= 34 && i < 54 && i % 2 === 1 ? value - 0.06 : value))
    const look = { ...lookWith(0, 0.2), points: highBrows(wide) }
    const { image } = openPhotographFilm(look).frame(highBrows(opened(0)))
    const closed = reopened(eye, eye, 0)
    for (const across of [0.3, 0.5, 0.7]) {
      const [u, v] = outOfGap(closed.frame, across, closed.lower(across) + 0.15)
      const light = image.data[3 * (Math.floor(v * side) * side + Math.floor(u * side))]!
      expect(light).toBeGreaterThan(0.8 * skinLight)
    }
  })
  test('leaves no shade of the open eye below its corners', () => {
    const { image } = openPhotographFilm(lookWith(0, 0, 0.12)).frame(opened(0))
    const closed = reopened(eye, eye, 0)
    for (const across of [0.03, 0.97]) {
      const [u, v] = outOfGap(closed.frame, across, closed.lower(across) + 0.06)
      const light = image.data[3 * (Math.floor(v * side) * side + Math.floor(u * side))]!
      expect(light).toBeGreaterThan(0.8 * skinLight)
    }
  })
})
