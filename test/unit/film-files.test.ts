import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { heldOutFilms } from '../../models/evaluation/held-out-films.ts'
import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { writeNpz } from '../../src/engine/checkpoint/npz.ts'
import { openCheckpoint } from '../../src/engine/checkpoint/open.ts'
import type { TimedMotion } from '../../src/engine/motion/motion.ts'
import { fitMotion } from '../../src/engine/motion/motion-fit.ts'
import { transferredPoints, usualTransfer } from '../../src/engine/motion/transfer.ts'
import { floatTensor, type Tensor } from '../../src/engine/tensor.ts'
import type { Track } from '../../src/engine/track/track.ts'
import { motionBytes, readMotion } from '../../src/node/drivers/motion-file.ts'
import { readTrack, trackBytes } from '../../src/node/drivers/track-file.ts'
import { type KnownShapeModel, loadShapeModel } from '../../src/node/models/shape-model.ts'
import { expectSame } from './motion-samples.ts'

let folder: string
let track: Track
let film: TimedMotion
let shapes: KnownShapeModel

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'film-files-'))
  const { driver } = (await heldOutFilms())[0]!
  const segments = [
    { start: 0, end: 3 },
    { start: 4, end: 8 },
  ]
  const states = ['seen', 'interpolated', 'seen', 'held'] as const
  // Later than the whole numbers of float32, and beyond those of 32 bits.
  const frames = driver.slice(0, 8).map((points, i) => ({
    ...{ time: 2 ** 33 + 1001 * i, points, state: states[i] ?? 'seen' },
  }))
  track = { width: 1920, height: 1080, timescale: 30_000, frames, segments }
  shapes = await loadShapeModel()
  const motion = fitMotion(shapes, driver.slice(0, 8))
  film = { timescale: 30_000, times: frames.map(({ time }) => time), segments, motion }
})
afterAll(() => rm(folder, { recursive: true }))

async function written(bytes: Uint8Array): Promise<string> {
  const path = join(folder, 'file.npz')
  await writeFile(path, bytes)
  return path
}

/** The arrays of a file. */
function arraysOf(bytes: Uint8Array): Record<string, Tensor> {
  const { weights } = openCheckpoint(memorySource(bytes, 'file.npz')).networks[0]!
  return Object.fromEntries([...weights].map(([name, stored]) => [name, stored.read()]))
}

const int64 = (...values: readonly number[]): Tensor => ({
  ...{ dtype: 'int64', shape: [values.length], data: BigInt64Array.from(values, BigInt) },
})
const scalar = (value: number): Tensor => ({ ...int64(value), shape: [] })
const segment = (...ends: readonly number[]): Tensor => ({
  ...{ dtype: 'int32', shape: [ends.length / 2, 2], data: Int32Array.from(ends) },
})
const changed = (tensor: Tensor, index: number, value: number): Tensor => {
  const data = tensor.data.slice() as Float32Array
  data[index] = value
  return { ...tensor, data }
}

test('a track comes back as it was', async () => {
  expect(await readTrack(await written(trackBytes(track)))).toEqual(track)
})

test('a motion comes back, and drives a look as it did', async () => {
  const found = await readMotion(await written(motionBytes(film, shapes)), shapes)
  expect({ ...found, motion: null }).toEqual({ ...film, motion: null })
  const look = fitMotion(shapes, [track.frames[0]!.points])
  const made = transferredPoints(shapes, look, found.motion, usualTransfer)
  const expected = transferredPoints(shapes, look, film.motion, usualTransfer)
  made.forEach((points, i) => {
    expectSame(points, expected[i]!, 3)
  })
})

test('a motion of another model of shapes is refused', async () => {
  const bytes = motionBytes(film, { sha256: 'ab'.repeat(32) })
  await expect(readMotion(await written(bytes), shapes)).rejects.toMatchObject({
    code: 'mismatch',
    message: expect.stringContaining("another model of faces' shapes"),
  })
})

test('a film without any segment is kept, too', async () => {
  const bytes = trackBytes({ ...track, segments: [] })
  expect((await readTrack(await written(bytes))).segments).toEqual([])
})

type Change = readonly [name: string, change: (tensor: Tensor) => Tensor | undefined]

const timeFaults: readonly Change[] = [
  ['timescale', () => scalar(0)],
  ['timescale', () => floatTensor([], [25])],
  ['times', () => undefined],
  ['times', () => int64()],
  ['times', () => int64(0, 1, 2, 3, 4, 5, 6, 6)],
  [
    'times',
    () => ({
      ...int64(0, 1, 2, 3, 4, 5, 6),
      data: BigInt64Array.from({ length: 7 }, (_, i) => 2n ** 60n + BigInt(i)),
    }),
  ],
  ['segments', () => segment(0, 3, 2, 8)],
  ['segments', () => segment(0, 0)],
  ['segments', () => segment(-1, 3)],
  ['segments', () => segment(4, 9)],
  ['segments', () => floatTensor([1, 2], [0, 8])],
]

const trackFaults: readonly Change[] = [
  ...timeFaults,
  ['size', () => ({ dtype: 'int32', shape: [2], data: Int32Array.of(0, 1080) })],
  ['size', () => ({ dtype: 'int32', shape: [1], data: Int32Array.of(1920) })],
  ['points', (points) => changed(points, 7, Number.NaN)],
  ['points', ({ data }) => floatTensor([8, 136], data as Float32Array)],
  ['points', ({ data }) => floatTensor([4, 68, 2], (data as Float32Array).slice(0, 544))],
  ['states', (states) => changed(states, 2, 3)],
  ['states', () => undefined],
]

const motionFaults: readonly Change[] = [
  ...timeFaults,
  ['shapes_sha256', () => undefined],
  ['shapes_sha256', () => ({ dtype: 'uint8', shape: [4], data: new Uint8Array(4) })],
  ['identity', () => floatTensor([2000], new Float32Array(2000))],
  ['residual', (residual) => changed(residual, 3, Number.POSITIVE_INFINITY)],
  ['rotations', (rotations) => changed(rotations, 0, 5)],
  ['scales', (scales) => changed(scales, 1, 0)],
  ['origins', () => undefined],
  ['expressions', () => floatTensor([8, 0], [])],
  ['expressions', () => floatTensor([7, 16], new Float32Array(112))],
  ['residuals', ({ data }) => floatTensor([8, 204], data as Float32Array)],
]

describe.each([
  ['track', () => trackBytes(track), readTrack, trackFaults],
  ['motion', () => motionBytes(film, shapes), (path: string) => readMotion(path, shapes), motionFaults],
] as const)('what is no %s', (what, bytes, read, faults) => {
  test.each(faults)('is refused for its array "%s" (%#)', async (name, change) => {
    const arrays = arraysOf(bytes())
    const faulty = change(arrays[name]!)
    if (faulty === undefined) delete arrays[name]
    else arrays[name] = faulty
    await expect(read(await written(writeNpz(arrays)))).rejects.toMatchObject({
      ...{ name: 'MienError', code: 'bad-file', place: { name } },
      message: expect.stringContaining(`does not hold a ${what}: "${name}"`),
    })
  })

  test('is refused where it is cut short anywhere, or no file of arrays', async () => {
    const whole = bytes()
    for (let length = 0; length < whole.length; length += 997) {
      await expect(read(await written(whole.slice(0, length)))).rejects.toMatchObject({ name: 'MienError' })
    }
    await expect(read(join(folder, 'missing.npz'))).rejects.toMatchObject({ code: 'unreadable-file' })
  })
})
