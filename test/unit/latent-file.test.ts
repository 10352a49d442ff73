import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { writeNpz } from '../../src/engine/checkpoint/npz.ts'
import { writeTorchZip } from '../../src/engine/checkpoint/torch-zip-writer.ts'
import { floatTensor } from '../../src/engine/tensor.ts'
import { readLatent } from '../../src/node/runs/kinds/projection/latent-file.ts'

const fixture = (name: string) => `test/fixtures/latent/${name}`

test.each([
  ['w_1_10_64.npz', [1, 10, 64]],
  ['w_64.npz', [1, 1, 64]],
  ['w_1_64.npz', [1, 1, 64]],
  ['w1d.npy', [1, 1, 64]],
  ['w2d.npy', [1, 10, 64]],
  ['arr_0.npz', [1, 10, 64]],
  ['two_keys.npz', [1, 10, 64]],
  ['pti_latent.pt', [1, 10, 64]],
  ['../rosinality/projected.pt', [1, 10, 32]],
  ['../rosinality/latents.pt', [1, 10, 32]],
  ['../rosinality/latent.pt', [1, 10, 32]],
])('%s is a latent of the shape %j', async (name, shape) => {
  const latent = await readLatent(fixture(name))
  expect(latent.shape).toEqual(shape)
  expect(latent.data.length).toBe(shape.reduce((a, v) => a * v))
})

test('big-endian numbers are those of the little-endian file', async () => {
  const [big, little] = await Promise.all(
    ['w_bigendian.npz', 'w_1_10_64.npz'].map((f) => readLatent(fixture(f))),
  )
  expect(big).toEqual(little)
})

test.each(['projected.pt', 'latents.pt', 'latent.pt'])(
  "rosinality's %s is the latent of its values",
  async (name) => {
    const latent = await readLatent(fixture(`../rosinality/${name}`))
    const folder = mkdtempSync(join(tmpdir(), 'mien-latent-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'dlatents.npz')
    writeFileSync(path, writeNpz({ dlatents: floatTensor(latent.shape.slice(1), latent.data) }))
    expect(await readLatent(path)).toEqual(latent)
  },
)

test.each(['batch2.npz', 'e4e_latents.pt'])('of the several in %s one is chosen', async (name) => {
  const [first, second] = [await readLatent(fixture(name), 0), await readLatent(fixture(name), 1)]
  expect(first.shape).toEqual([1, 10, 64])
  expect(second.shape).toEqual([1, 10, 64])
  const hint = expect.stringContaining('--latent-index, 0 to 1')
  await expect(readLatent(fixture(name))).rejects.toMatchObject({ code: 'mismatch', hint })
  await expect(readLatent(fixture(name), 2)).rejects.toMatchObject({ code: 'wrong-use', hint })
})

test('the index counts from 0, along the first extent', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mien-latent-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'several.npz')
  writeFileSync(path, writeNpz({ w: floatTensor([3, 1, 2], [0, 1, 2, 3, 4, 5]) }))
  expect([...(await readLatent(path, 0)).data]).toEqual([0, 1])
  expect([...(await readLatent(path, 2)).data]).toEqual([4, 5])
})

test('without a known key all are latents if they have one shape, and none otherwise', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mien-latent-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'latents.pt')
  const [first, second] = [floatTensor([1, 2], [1, 2]), floatTensor([1, 2], [3, 4])]
  writeFileSync(path, writeTorchZip({ w_pivot: first }))
  expect(await readLatent(path)).toEqual(floatTensor([1, 1, 2], [1, 2]))
  writeFileSync(path, writeTorchZip({ 'a.png': first, 'b.png': second }))
  expect(await readLatent(path, 1)).toEqual(floatTensor([1, 1, 2], [3, 4]))
  writeFileSync(path, writeTorchZip({ weight: first, bias: floatTensor([2], [3, 4]) }))
  await expect(readLatent(path)).rejects.toMatchObject({ message: expect.stringMatching(/is a checkpoint/) })
  writeFileSync(path, writeNpz({ z: first }))
  await expect(readLatent(path)).rejects.toMatchObject({
    message: expect.stringMatching(/missing among "z"/),
  })
})

test('of a dict that NumPy saved the hint says how to take a latent out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mien-latent-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'latents.npy')
  const header = "{'descr': '|O', 'fortran_order': False, 'shape': (), }".padEnd(117)
  writeFileSync(path, Buffer.from(`\x93NUMPY\x01\0\x76\0${header}\n`, 'latin1'))
  await expect(readLatent(path)).rejects.toMatchObject({
    hint: expect.stringContaining('array.item()["name"]'),
  })
})

test.each([
  ['obj.npy', 'forbidden', /Python objects/],
  ['w_nan.npz', 'bad-file', /not finite/],
  ['../tiny64/generator.pkl', 'bad-file', /is a checkpoint/],
])('%s is refused as %s', async (name, code, message) => {
  await expect(readLatent(fixture(name))).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  })
})
