import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { alignedImage } from '../../src/engine/face/alignment.ts'
import { ffhqQuad, pointsInQuad, sideOf } from '../../src/engine/face/quad.ts'
import { resizeLanczos } from '../../src/engine/picture/lanczos.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'

const folder = fileURLToPath(new URL('../fixtures/align/', import.meta.url))

interface AlignCase {
  readonly landmarks: readonly (readonly number[])[]
  readonly quad: readonly (readonly number[])[]
  readonly aligned: string
  readonly outputSize: number
}

const { cases } = JSON.parse(readFileSync(`${folder}align.json`, 'utf8')) as { cases: readonly AlignCase[] }

function picture(name: string): Promise<Image> {
  return sharpCodec.decode(readFileSync(`${folder}${name}`), name)
}

function meanDifference(a: Image, b: Image): number {
  expect([a.width, a.height]).toEqual([b.width, b.height])
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length
}

describe('the alignment of FFHQ', () => {
  test.each(cases.map((known, i) => [i, known] as const))('case %i', async (i, known) => {
    const quad = ffhqQuad(known.landmarks.flat())
    quad.flat().forEach((value, at) => {
      expect(Math.abs(value - known.quad.flat()[at]!)).toBeLessThan(1e-9)
    })
    const aligned = alignedImage(await picture('photo.png'), quad, known.outputSize)
    // Inside the photograph to the bit; beyond it the blur is three running means, not a Gaussian.
    const expected = await picture(`aligned-${i}.png`)
    expect(meanDifference(aligned, expected)).toBeLessThan(i < 2 ? 1e-12 : 0.2)
  })

  test('a photograph that is much larger is shrunk first, and shows the same', async () => {
    const photo = await picture('photo.png')
    const [known] = cases
    const large = resizeLanczos(photo, photo.width * 4, photo.height * 4)
    const quad = ffhqQuad(known!.landmarks.flat().map((value) => (value + 0.5) * 4 - 0.5))
    const expected = await picture('aligned-0.png')
    expect(meanDifference(alignedImage(large, quad, known!.outputSize), expected)).toBeLessThan(1)
  })

  test.each([
    ['outside', -500, -400, 100],
    ['of a pixel', 300, 300, 1],
    ['far larger than the picture', 300, 300, 1e6],
    ['of no number', Number.NaN, 0, 100],
  ])('a quad %s is refused', async (_, x, y, side) => {
    const photo = await picture('photo.png')
    const quad = [
      [x - side / 2, y - side / 2],
      [x - side / 2, y + side / 2],
      [x + side / 2, y + side / 2],
      [x + side / 2, y - side / 2],
    ] as const
    expect(() => alignedImage(photo, quad, 64)).toThrow(/do not fit the picture|make no face/)
  })

  test('points are told as fractions of the square', () => {
    const points = cases[1]!.landmarks.flat()
    const quad = ffhqQuad(points)
    expect(Array.from(pointsInQuad(quad.flat(), quad), (value) => Math.round(value * 1e5) / 1e5)).toEqual([
      0, 0, 0, 1, 1, 1, 1, 0,
    ])
    const [x, y] = pointsInQuad(points, quad).slice(2 * 30)
    expect(x! > 0.3 && x! < 0.7 && y! > 0.3 && y! < 0.8).toBe(true)
    expect(sideOf(quad)).toBeGreaterThan(10)
  })
})
