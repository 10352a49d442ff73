import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { alignedImage } from '../../src/engine/face/alignment.ts'
import { ffhqQuad, pointsInQuad } from '../../src/engine/face/quad.ts'
import { aimedPoints } from '../../src/engine/likeness/aimed-points.ts'
import { type Portrait, wholeQuad } from '../../src/engine/likeness/portrait.ts'
import { warpedPhotograph } from '../../src/engine/likeness/warped-photograph.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { openFaceSearch } from '../../src/node/worker/face-search.ts'
import { photograph } from '../web/dropped.ts'
import { percentile } from '../web/script-time.ts'

/** Of photographs of 12 megapixels that are warped to each other's landmarks; in seconds. */
export interface LikenessFigures {
  /** The square of 1024 x 1024; median of all pairs. */
  readonly square: number
  /** The face that fills a whole photograph; the same. */
  readonly whole: number
}

/** Of the photographs, in pixels: the face's square takes most of it, as in a portrait. */
const [width, height] = [4032, 3024]
const faceSide = 2600
const side = 1024

/** Photographs of face-api with open and closed mouths. */
const names = ['sample1.jpg', 'sample3.jpg', 'sample6.jpg']

async function portraits(): Promise<readonly { readonly whole: Portrait; readonly square: Portrait }[]> {
  const search = await openFaceSearch()
  const made: { whole: Portrait; square: Portrait }[] = []
  for (const name of names) {
    const bytes = readFileSync(photograph(name))
    const face = (await search.find({ name, bytes })).faces[0]!
    const quad = ffhqQuad(face.points)
    const large = alignedImage(await sharpCodec.decode(bytes, name), quad, faceSide, 1)
    const raw = { width: faceSide, height: faceSide, channels: 3 } as const
    const [left, top] = [(width - faceSide) >> 1, (height - faceSide) >> 1]
    const data = await sharp(large.data, { raw })
      .extend({
        left,
        right: width - faceSide - left,
        top,
        bottom: height - faceSide - top,
        extendWith: 'mirror',
      })
      .raw()
      .toBuffer()
    const points = pointsInQuad(face.points, quad)
    const moved = wholeQuad(faceSide).map(([x, y]) => [x + left, y + top]) as unknown as Portrait['quad']
    made.push({
      whole: { image: { width, height, data: new Uint8Array(data) }, quad: moved, points },
      square: { image: await sharpCodec.resize(large, side, side), quad: wholeQuad(side), points },
    })
  }
  await search.dispose()
  return made
}

export async function measureLikeness(): Promise<LikenessFigures> {
  const people = await portraits()
  const seconds = { square: [] as number[], whole: [] as number[] }
  // Once before it counts: the code is compiled as it runs.
  for (const counts of [false, true]) {
    for (const look of people) {
      for (const other of people) {
        if (look === other) continue
        for (const form of ['square', 'whole'] as const) {
          const own = look[form]
          const begin = performance.now()
          warpedPhotograph(own, aimedPoints(own.points, other.square.points, Array(9).fill(1)), {
            mouths: [other.square],
          })
          if (counts) seconds[form].push((performance.now() - begin) / 1000)
        }
      }
    }
  }
  return { square: percentile(seconds.square, 0.5), whole: percentile(seconds.whole, 0.5) }
}
