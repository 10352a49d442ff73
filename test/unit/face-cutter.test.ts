import { expect, test } from 'vitest'
import { alignedImage } from '../../src/engine/face/alignment.ts'
import { ffhqQuad, pointsInQuad, sideOf } from '../../src/engine/face/quad.ts'
import { neutralPoints } from '../../src/engine/face/square-quad.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { faceCutter } from '../../src/node/worker/face-cutter.ts'

/** Colours that say where they are. */
const image: Image = { width: 640, height: 480, data: new Uint8Array(640 * 480 * 3) }
for (let i = 0; i < 640 * 480; i++) {
  const [x, y] = [i % 640, Math.floor(i / 640)]
  image.data.set([Math.round(x / 2.56), Math.round(y / 1.92), Math.round(128 + 90 * Math.sin(x / 9))], 3 * i)
}

/** A face of so many pixels, leaning, with its middle there. */
function faceAt(x: number, y: number, side: number, lean = 0.15): number[] {
  const points = [...neutralPoints()]
  return points.map((_, i) => {
    const [u, v] = [points[i & ~1]! - 0.5, points[i | 1]! - 0.5]
    const [cos, sin] = [Math.cos(lean), Math.sin(lean)]
    return i % 2 === 0 ? x + side * (cos * u - sin * v) : y + side * (sin * u + cos * v)
  })
}

async function cutOf(points: readonly number[] | undefined) {
  const cutter = faceCutter()
  for await (const _ of cutter.seen(
    (async function* () {
      yield { time: 0, image }
    })(),
  ));
  return cutter.cut(points)
}

test.each([
  ['within the picture', 300, 240, 150],
  ['larger than it is kept', 310, 235, 290],
  ['at the edge', 60, 80, 150],
])('a face %s is cut out with what is around it, where its quad says', async (_, x, y, side) => {
  const points = faceAt(x, y, side)
  const { quad, file } = await cutOf(points)
  const cut = await sharpCodec.decode(file!, 'cut')
  expect(cut.width).toBe(Math.min(384, Math.round(sideOf(quad))))
  // The square of the landmarks lies within.
  const corners = pointsInQuad(ffhqQuad(points).flat(), quad)
  expect(Math.min(...corners)).toBeGreaterThanOrEqual(-1e-6)
  expect(Math.max(...corners)).toBeLessThanOrEqual(1 + 1e-6)
  const expected = alignedImage(image, quad, cut.width)
  const off = expected.data.reduce((sum, value, i) => sum + Math.abs(value - cut.data[i]!), 0)
  expect(off / expected.data.length).toBeLessThan(2)
})

test('nothing is cut out before a face was seen', async () => {
  expect((await cutOf(undefined)).file).toBeNull()
})
