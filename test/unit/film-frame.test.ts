import { describe, expect, test } from 'vitest'
import { neutralPoints } from '../../src/engine/face/square-quad.ts'
import { wholeQuad } from '../../src/engine/likeness/portrait.ts'
import type { Image } from '../../src/engine/runtime.ts'
import type { FilmFrameParameters } from '../../src/node/engine/film-frame-messages.ts'
import { encodePicture, sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { filmFrame } from '../../src/node/worker/jobs/film-frame.ts'

const face = neutralPoints()
const [width, height, left, top, side] = [420, 300, 90, 30, 240]

const photograph: Image = { width, height, data: new Uint8Array(width * height * 3) }
photograph.data.forEach((_, i) => {
  photograph.data[i] = 128 + 90 * Math.sin(i / 17) * Math.cos(i / (3 * width) / 9)
})
const file = await encodePicture(photograph, { format: 'png' })

const look = {
  picture: { name: 'look.png', sha256: 'of look.png', bytes: file },
  quad: wholeQuad(side).map(([x, y]) => [
    x + left,
    y + top,
  ]) as unknown as FilmFrameParameters['look']['quad'],
  points: [...face].map((value, i) => value * side + (i % 2 === 0 ? left : top) - 0.5),
}

/** The mouth opens. */
const target = [...face].map((value, i) =>
  i % 2 === 1 && [55, 56, 57, 58, 59, 65, 66, 67].includes(i >> 1) ? value + 0.08 : value,
)
const asked = { look, target, mode: 'own', form: 'whole', encoding: { format: 'png' } } as const

async function frameOf(parameters: FilmFrameParameters) {
  const outcome = await filmFrame(parameters)
  if ('missing' in outcome) throw new Error('the picture was given')
  return { ...outcome, image: await sharpCodec.decode(outcome.file, 'a frame') }
}

describe('a frame of a film of a photograph', () => {
  test('is the whole photograph in its size, changed in the face alone', async () => {
    const { image, points } = await frameOf(asked)
    expect([image.width, image.height]).toEqual([width, height])
    expect(points).toEqual([...Float32Array.from(target)])
    const changed = Array.from({ length: width * height }, (_, i) => i).filter((i) =>
      [0, 1, 2].some((c) => image.data[3 * i + c] !== photograph.data[3 * i + c]),
    )
    expect(changed.length).toBeGreaterThan(500)
    for (const i of changed) {
      expect(i % width).toBeGreaterThanOrEqual(left)
      expect(i % width).toBeLessThan(left + side)
    }
  })

  test('asks for the look’s picture where it is not held any more', async () => {
    const forgotten = { ...look, picture: { name: 'look.png', sha256: 'never given' } }
    expect(await filmFrame({ ...asked, look: forgotten })).toEqual({ missing: ['never given'] })
  })

  test('needs no bytes a second time', async () => {
    await frameOf(asked)
    const { picture, ...rest } = look
    const { bytes: _, ...known } = picture
    const again = await frameOf({ ...asked, look: { ...rest, picture: known } })
    expect(again.file).toEqual((await frameOf(asked)).file)
  })

  test('takes the inside of the mouth from the driver, and says where nobody gives one', async () => {
    expect((await frameOf(asked)).warnings).toContain('no-mouth')
    const square: Image = { width: 256, height: 256, data: new Uint8Array(256 * 256 * 3).fill(200) }
    const giver = { bytes: await encodePicture(square, { format: 'jpeg' }), points: target }
    const given = await frameOf({ ...asked, giver })
    expect(given.warnings).not.toContain('no-mouth')
    expect(given.file).not.toEqual((await frameOf(asked)).file)
  })

  test('is a square of the size that is asked for', async () => {
    const { image } = await frameOf({ ...asked, form: 'square', size: 256 })
    expect([image.width, image.height]).toEqual([256, 256])
  })

  test('of a driver that is damaged is refused', async () => {
    const giver = { bytes: new Uint8Array([1, 2, 3]), points: target }
    await expect(filmFrame({ ...asked, giver })).rejects.toMatchObject({ code: 'bad-image' })
  })
})
