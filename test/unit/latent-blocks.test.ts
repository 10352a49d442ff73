import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { middleFrame } from '../../src/engine/animation/middle-frame.ts'
import { type FloatTensor, floatTensor } from '../../src/engine/tensor.ts'
import { npzBytes, readArrays } from '../../src/node/host/array-files.ts'
import {
  readKnown,
  writeDirections,
  writeFirstFrame,
} from '../../src/node/runs/kinds/film/first-frame-file.ts'
import { withFramesBetween, withLatentsBetween } from '../../src/node/runs/kinds/film/frames-between.ts'
import { openLatentBlocks } from '../../src/node/runs/kinds/film/latent-blocks.ts'
import { latentsBytes } from '../../src/node/runs/kinds/film/latents-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latent-blocks-'))
})
afterEach(() => rm(folder, { recursive: true }))

const targetOf = (frame: number) => Float32Array.from({ length: 136 }, (_, k) => frame + k / 1000)
const found = (frame: number, tries: readonly number[] = [3]) => ({
  latent: latentOf(frame),
  error: 0.25,
  tries,
})
const latentOf = (frame: number): FloatTensor => floatTensor([1, 2, 3], [frame, 1, 2, 3, 4, -frame])

test('what was found for a frame is found again by its landmarks, also in the middle of a block', async () => {
  const blocks = await openLatentBlocks(folder, 3)
  for (let frame = 0; frame < 70; frame++) blocks.add({ target: targetOf(frame) }, found(frame))
  await blocks.flush()
  expect((await readdir(folder)).sort()).toEqual(['000000.npz', '000001.npz'])
  const again = await openLatentBlocks(folder, 3)
  for (const frame of [0, 63, 64, 69]) expect(again.find({ target: targetOf(frame) })).toEqual(found(frame))
  expect(again.find({ target: targetOf(70) })).toBeUndefined()
  const moved = targetOf(5)
  moved[7]! += 1e-6
  expect(again.find({ target: moved })).toBeUndefined()
  again.add({ target: targetOf(70) }, found(70))
  await again.flush()
  expect((await readdir(folder)).sort()).toEqual(['000000.npz', '000001.npz', '000002.npz'])
})

test('frames that took other steps are not, nor what a process left half written', async () => {
  const blocks = await openLatentBlocks(folder, 3)
  blocks.add({ target: targetOf(1) }, found(1))
  await blocks.flush()
  await writeFile(join(folder, '.000001.npz.77-0123456789ab.tmp'), 'half')
  expect((await openLatentBlocks(folder, 3)).find({ target: targetOf(1) })).toEqual(found(1))
  expect((await openLatentBlocks(folder, 5)).find({ target: targetOf(1) })).toBeUndefined()
  const path = join(folder, '000000.npz')
  await writeFile(path, (await readFile(path)).subarray(0, 300))
  await expect(openLatentBlocks(folder, 3)).rejects.toMatchObject({ name: 'MienError' })
})

test('what was searched again is found in place of what was found first', async () => {
  const blocks = await openLatentBlocks(folder, 3)
  for (const frame of [0, 1, 2]) blocks.add({ target: targetOf(frame) }, found(frame))
  blocks.add({ target: targetOf(1) }, found(8, [3, 10]))
  blocks.add({ target: targetOf(2) }, found(9, [3, 10]))
  await blocks.flush()
  blocks.add({ target: targetOf(2) }, found(10, [3, 10, 30]))
  await blocks.flush()
  const expected = [found(0), found(8, [3, 10]), found(10, [3, 10, 30])]
  for (const one of [blocks, await openLatentBlocks(folder, 3)]) {
    expect([0, 1, 2].map((frame) => one.find({ target: targetOf(frame) }))).toEqual(expected)
  }
  expect((await openLatentBlocks(folder, 10)).find({ target: targetOf(1) })).toBeUndefined()
})

test('frames that depend on the one before are found again after that one alone', async () => {
  const blocks = await openLatentBlocks(folder, 3, 1)
  const aim = { target: targetOf(1), before: latentOf(0) }
  blocks.add(aim, found(1))
  blocks.add({ target: targetOf(1) }, found(7))
  await blocks.flush()
  expect((await readdir(folder)).sort()).toEqual(['000000.npz', '000001.npz'])
  const again = await openLatentBlocks(folder, 3)
  expect(again.find(aim)).toEqual(found(1))
  expect(again.find({ target: targetOf(1) })).toEqual(found(7))
  expect(again.find({ ...aim, before: latentOf(1e-7) })).toBeUndefined()
  const path = join(folder, '000000.npz')
  await writeFile(
    path,
    npzBytes({ ...(await readArrays(path)), before: floatTensor([1, 32], Array(32).fill(1)) }),
  )
  await expect(openLatentBlocks(folder, 3)).rejects.toMatchObject({ code: 'bad-file' })
})

test('the first frame and the directions come back to the bit', async () => {
  expect(await readKnown(folder)).toBeUndefined()
  const fingerprint = { settings: 'a1'.repeat(32), models: 'b2'.repeat(32), pictures: 'c3'.repeat(32) }
  const noise = { 'bconst.noise_const': floatTensor([2, 2], [1 / 3, 2, 3, 4]) }
  const firstFrame = { latent: latentOf(2 / 3), noise, fingerprint }
  await writeFirstFrame(folder, firstFrame, targetOf(1))
  expect(await readKnown(folder)).toEqual({ firstFrame })
  expect(await readKnown(folder, targetOf(1))).toEqual({ firstFrame })
  expect(await readKnown(folder, targetOf(2))).toBeUndefined()
  const directions = {
    directions: floatTensor([1, 3], [1, 2, 3]),
    seen: floatTensor([2], [0.1, 0.2]),
    response: floatTensor([1, 2], [5, 6]),
  }
  await writeDirections(folder, directions)
  expect(await readKnown(folder)).toEqual({ firstFrame, directions })
  const path = join(folder, 'first-frame.npz')
  const { latent: _, ...others } = await readArrays(path)
  await writeFile(path, npzBytes(others))
  await expect(readKnown(folder)).rejects.toMatchObject({ code: 'bad-file' })
})

test('latents of W are written for every layer', async () => {
  const path = join(folder, 'latents.npz')
  const noise = { a: floatTensor([1], [0]), b: floatTensor([1], [0]) }
  const w = [1, 2].map((frame) => floatTensor([1, 1, 2], [frame, -frame]))
  await writeFile(path, latentsBytes(w, noise))
  expect((await readArrays(path)).w).toEqual(
    floatTensor([2, 3, 2], [1, -1, 1, -1, 1, -1, 2, -2, 2, -2, 2, -2]),
  )
})

test('between two frames of the reference lies one at their mean, for half of the time', () => {
  const place = (x: number) => Float32Array.of(x, 1)
  const frames = [
    { index: 4, time: 0, duration: 3, target: place(0) },
    { index: 5, time: 3, duration: 4, target: place(2) },
  ]
  expect(withFramesBetween({ timescale: 25, start: 0.4, frames })).toEqual({
    ...{ timescale: 50, start: 0.4 },
    frames: [
      { index: 4, time: 0, duration: 3, target: place(0) },
      { index: 4, time: 3, duration: 3, target: place(1) },
      { index: 5, time: 6, duration: 8, target: place(2) },
    ],
  })
  // Before it is known what they aim at there are as many.
  const spans = frames.map(({ target: _, ...span }) => span)
  expect(withFramesBetween({ timescale: 25, start: 0.4, frames: spans }).frames).toEqual([
    { index: 4, time: 0, duration: 3 },
    { index: 4, time: 3, duration: 3 },
    { index: 5, time: 6, duration: 8 },
  ])
  expect(withLatentsBetween([latentOf(1), latentOf(2), latentOf(5)])).toEqual(
    [1, 1.5, 2, 3.5, 5].map(latentOf),
  )
  expect(withLatentsBetween([latentOf(1)])).toEqual([latentOf(1)])
})

test('the middle frame is the one nearest to the mean', () => {
  expect(middleFrame([0, 10, 4, 6].map((x) => [x, 0]))).toBe(2)
  expect(middleFrame([[3, 1]])).toBe(0)
})
