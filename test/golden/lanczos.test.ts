import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { centreSquare } from '../../src/engine/picture/centre-square.ts'
import { crop } from '../../src/engine/picture/crop.ts'
import { resizeLanczos } from '../../src/engine/picture/lanczos.ts'
import type { Image } from '../../src/engine/runtime.ts'

/** A picture of pseudo-random bytes: s = s * 1103515245 + 12345 mod 2^31 from 1, byte s >> 16. */
function noisePicture(width: number, height: number): Image {
  const data = new Uint8Array(width * height * 3)
  let state = 1n
  for (let i = 0; i < data.length; i++) {
    state = (state * 1103515245n + 12345n) % 2n ** 31n
    data[i] = Number((state >> 16n) & 255n)
  }
  return { width, height, data }
}

const hashOf = ({ data }: Image) => createHash('sha256').update(data).digest('hex')

const source = noisePicture(37, 29)

/** SHA-256 of what Pillow 13.0 makes of the same picture with resize(size, LANCZOS). */
const pillow: readonly (readonly [width: number, height: number, sha256: string])[] = [
  [16, 16, 'af6337ab5afc4087df5ac78c0e354ee8f932e0011111b0815d7ff8d1947df1da'],
  [64, 50, '75a3e8f10dc7955027bf09203e3b18e521417d8b13ab44041097f03132f83ff7'],
  [37, 10, 'fad15f527d9816efb5ce3a86ba44e8ad93eb30a6e3c0a9cd3cde72ac15504c81'],
  [5, 29, '0a20c4ee32b9e61baccebe1f5d41be78e0de418cf087df3ea20dd96d7ef37aff'],
  [37, 29, 'df18f5a55961b8b7b829dabd5ee6d81c9098f09b046f1496db713ac7957419fc'],
  [1, 1, '00ec755019482152fa2225e6e3cfe7207102fdbc2b4d2e614760c0a4c3b417ee'],
]

describe('Lanczos', () => {
  test.each(pillow)('to %i x %i is the bytes of Pillow', (width, height, sha256) => {
    const resized = resizeLanczos(source, width, height)
    expect(resized).toMatchObject({ width, height })
    expect(hashOf(resized)).toBe(sha256)
  })

  test('the centre square is that of the reference', () => {
    expect(hashOf(centreSquare(source, 24))).toBe(
      'e38ac5a722056c437b717a0931e9a290ce4a7167ac601dc74be1915103e0002d',
    )
  })

  test('a picture that fits is returned as it is', () => {
    const square = noisePicture(8, 8)
    expect(centreSquare(square, 8)).toBe(square)
    expect(crop(square, 0, 0, 8, 8)).toBe(square)
  })

  test('one colour stays that colour', () => {
    const plain: Image = { width: 9, height: 7, data: new Uint8Array(9 * 7 * 3).fill(201) }
    for (const side of [1, 3, 20]) {
      expect(new Set(resizeLanczos(plain, side, side).data)).toEqual(new Set([201]))
    }
  })
})
