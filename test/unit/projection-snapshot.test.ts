import { describe, expect, test } from 'vitest'
import { MienError } from '../../src/engine/errors.ts'
import type { RecordedChange } from '../../src/engine/projection/changes.ts'
import { type Descent, freshDescent } from '../../src/engine/projection/quasi-newton.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { readSnapshot, type Snapshot, writeSnapshot } from '../../src/engine/projection/snapshot.ts'
import { requireSameSearch } from '../../src/engine/projection/snapshot-file.ts'
import { floatTensor } from '../../src/engine/tensor.ts'

const picture = 'ab'.repeat(32)

const changes: readonly RecordedChange[] = [
  { step: 3, change: { kind: 'weights', weights: { perceptual: 0, landmark: 0.1, noiseReg: 1e5 } } },
  { step: 3, change: { kind: 'group-weights', groupWeights: [1, 2, 3, 4, 5, 6, 7, 8, 9] } },
  { step: 4, change: { kind: 'look', picture } },
  { step: 5, change: { kind: 'landmarks', picture, groups: [5, 6] } },
  { step: 6, change: { kind: 'finish', after: 0 } },
  { step: 7, change: { kind: 'hold' } },
]

function sample(draws = 7): Snapshot {
  const random = new MersenneTwister(5)
  const moments = (shape: readonly number[]) => {
    const tensor = () => floatTensor(shape, random.normals(shape.reduce((a, b) => a * b, 1)))
    return { parameter: tensor(), first: tensor(), second: tensor() }
  }
  const projection = { step: 12, latent: moments([1, 2, 3]), noise: moments([16]) }
  random.normals(draws)
  return {
    projection,
    start: floatTensor([1, 1, 3], [0.5, -1, 2]),
    random: random.state,
    changes,
    fingerprint: { settings: 's', models: 'm', pictures: 'p' },
  }
}

describe('a snapshot', () => {
  test.each([6, 7])('comes back to the bit, with an even and an odd number of draws (%i)', (draws) => {
    const snapshot = sample(draws)
    const read = readSnapshot(writeSnapshot(snapshot), 'x')
    expect(read).toEqual(snapshot)
    expect(new MersenneTwister(read.random).normals(1300)).toEqual(
      new MersenneTwister(snapshot.random).normals(1300),
    )
    expect(writeSnapshot(read)).toEqual(writeSnapshot(snapshot))
  })

  test('comes back from a buffer of Node, wherever it lies in its pool', () => {
    const snapshot = sample()
    const bytes = writeSnapshot(snapshot)
    for (const offset of [1, 4, 8]) {
      const pool = Buffer.alloc(bytes.length + 16)
      pool.set(bytes, offset)
      expect(readSnapshot(pool.subarray(offset, offset + bytes.length), 'x')).toEqual(snapshot)
    }
  })

  test('with any byte changed is refused', () => {
    const bytes = writeSnapshot(sample())
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice()
      changed[at]! ^= 1 << (at % 8)
      expect(() => readSnapshot(changed, 'x'), `byte ${at}`).toThrow(MienError)
    }
  })

  test('cut or continued at any length is refused', () => {
    const bytes = writeSnapshot(sample())
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readSnapshot(bytes.subarray(0, length), 'x'), `${length} bytes`).toThrow(MienError)
    }
    expect(() => readSnapshot(Uint8Array.of(...bytes, 0), 'x')).toThrow(/damaged/)
  })

  test('of a later version says so', () => {
    const bytes = writeSnapshot(sample())
    bytes[8] = 2
    expect(() => readSnapshot(bytes, 'x')).toThrow(/version 2/)
  })

  test('may lack the start, but holds none of another network', () => {
    const { start: _, ...without } = sample()
    expect(readSnapshot(writeSnapshot(without), 'x')).toEqual(without)
    for (const start of [floatTensor([1, 1, 2], [0, 0]), floatTensor([1, 1, 3], [0, Number.NaN, 0])]) {
      expect(() => readSnapshot(writeSnapshot({ ...without, start }), 'x')).toThrow(/damaged \(start\)/)
    }
  })

  test('keeps the average of a live run, and holds none of another network', () => {
    const average = (latent: readonly number[], noise = 16, steps = 3) => ({
      steps,
      latent: floatTensor([1, 2, 3], latent),
      noise: floatTensor([noise], new Float32Array(noise).fill(0.25)),
    })
    const whole = { ...sample(), average: average([1, 2, 3, 4, 5, 6]) }
    expect(readSnapshot(writeSnapshot(whole), 'x')).toEqual(whole)
    for (const broken of [
      average([1, 2, 3, 4, 5, Number.NaN]),
      average([1, 2, 3, 4, 5, 6], 15),
      average([1, 2, 3, 4, 5, 6], 16, 0),
    ]) {
      const bytes = writeSnapshot({ ...sample(), average: broken })
      expect(() => readSnapshot(bytes, 'x')).toThrow(/damaged \(average\)/)
    }
  })

  test('keeps a descent, and that it was given up, and holds none of another network', () => {
    const { projection, ...rest } = sample()
    const row = (size: number, value = 0.1) => new Float32Array(size).fill(value)
    const descent = (size: number, more: Partial<Descent> = {}): Descent => ({
      at: { loss: 0.1 + 0.2, gradient: row(size) },
      ...{ length: 1 / 3, refusals: 2, roughness: 0.125 },
      curves: [
        { move: row(size), turn: row(size, 2) },
        { move: row(size, 3), turn: row(size, 4) },
      ],
      ...more,
    })
    for (const more of [
      { descent: descent(6) },
      { descent: descent(6, { curves: [] }) },
      { descent: freshDescent },
      { roughAt: 11 },
    ]) {
      const whole = { ...rest, projection: { ...projection, ...more } }
      expect(readSnapshot(writeSnapshot(whole), 'x')).toEqual(whole)
    }
    for (const broken of [
      descent(5),
      descent(6, { length: Number.NaN }),
      descent(6, { refusals: -1 }),
      descent(6, { at: { loss: Number.NaN, gradient: row(6) } }),
      descent(6, { at: { loss: 1, gradient: row(6, Number.NaN) } }),
      descent(6, { curves: [{ move: row(6), turn: row(6, Number.POSITIVE_INFINITY) }] }),
    ]) {
      const bytes = writeSnapshot({ ...rest, projection: { ...projection, descent: broken } })
      expect(() => readSnapshot(bytes, 'x')).toThrow(/damaged \(descent\)/)
    }
  })

  test('is not made of numbers that are not finite', () => {
    const broken = sample()
    broken.projection.noise.second.data[3] = Number.NaN
    expect(() => writeSnapshot(broken)).toThrow(expect.objectContaining({ code: 'device' }))
  })

  test('of another search is told apart by what changed', () => {
    const { fingerprint } = sample()
    requireSameSearch(fingerprint, { ...fingerprint })
    for (const part of ['settings', 'models', 'pictures'] as const) {
      expect(() => requireSameSearch(fingerprint, { ...fingerprint, [part]: 'other' })).toThrow(
        `The ${part} changed since the run was interrupted.`,
      )
    }
  })
})
