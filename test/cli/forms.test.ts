import type { ChildProcess } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { writeTorchZip } from '../../src/engine/checkpoint/torch-zip-writer.ts'
import { fixtureNetwork } from '../golden/stored.ts'
import { readNpzFile } from './arrays.ts'
import { jsonOf, mien, temporaryFolder, tiny64, tinyGenerator, tinyModels, tinyPictures } from './mien.ts'
import { expectRefusal } from './refusal.ts'

const fixtures = join(tiny64, '..')
const rosinality = join(fixtures, 'rosinality')
const conditional = ['--model', join(fixtures, 'conditional', 'generator.pkl')]

const pixels = async (path: string) => [...(await sharp(path).raw().toBuffer())]

test("rosinality's generators draw the picture of their implementation, imported or as they are", async () => {
  const env = { MIEN_HOME: temporaryFolder() }
  const expected = await pixels(join(rosinality, 'image.png'))
  await mien(['import', join(rosinality, 'training.pt')], { env })
  for (const model of [
    'training',
    join(rosinality, 'converted.pt'),
    join(rosinality, 'encoder4editing.pt'),
  ]) {
    const out = join(temporaryFolder(), 'x.png')
    await mien(['render', '--model', model, '--latent', join(rosinality, 'latent.pt'), '--out', out], { env })
    const found = await pixels(out)
    const gap = Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)))
    expect(gap).toBeLessThanOrEqual(1)
  }
})

test("rosinality's without noise maps is imported, and searched with, and that is said", async () => {
  const env = { MIEN_HOME: temporaryFolder() }
  const { weights } = fixtureNetwork('rosinality/converted.pt', 'g_ema')
  const kept = [...weights].filter(([name]) => !name.startsWith('noises.'))
  const file = join(temporaryFolder(), 'older.pt')
  writeFileSync(file, writeTorchZip(new Map(kept.map(([name, tensor]) => [name, tensor.read()]))))
  const imported = await mien(['import', file], { env })
  expect(imported).toMatchObject({ code: 0, stderr: expect.stringContaining('keeps no noise maps') })
  const out = join(temporaryFolder(), 'run')
  const search = ['project', ...tinyPictures, ...tinyModels.slice(2), '--model', 'older', '--steps', '2']
  expect((await mien([...search, '--out', out], { env })).code).toBe(0)
  const noise = readNpzFile(join(out, 'noise.npz'))
  expect(noise.size).toBe(9)
  for (const map of noise.values()) expect(map.float32().data.some((value) => value !== 0)).toBe(true)
})

test('one of several latents is rendered; without a choice it is asked for', async () => {
  const args = ['render', ...tinyGenerator, '--latent', join(fixtures, 'latent', 'e4e_latents.pt'), '--out']
  const out = join(temporaryFolder(), 'x.png')
  expectRefusal(await mien([...args, out]), 3, /holds 2 latents/, /--latent-index, 0 to 1/)
  expect((await mien([...args, out, '--latent-index', '1'])).code).toBe(0)
  expect(existsSync(out)).toBe(true)
})

test('a class is asked for, and drawn', async () => {
  const sample = ['sample', '--seeds', '0', ...conditional, '--out', join(temporaryFolder(), 'faces')]
  expectRefusal(await mien(sample), 2, /draws 3 classes/, /--class/)
  expectRefusal(await mien([...sample, '--class', '3']), 2, /no class 3/, /0 to 2/)
  expect((await mien([...sample, '--class', '2'])).code).toBe(0)
})

test('a run keeps its class, and once it is stopped does not go on as one of another', async () => {
  const out = join(temporaryFolder(), 'run')
  const networks = ['--landmark-model', join(tiny64, 'fan.pth')]
  // A path with a comma, which a list in one flag could not have.
  const folder = join(temporaryFolder(), 'a,b')
  mkdirSync(folder)
  const halves = ['vgg16.pth', 'lpips.pth'].flatMap((name) => {
    copyFileSync(join(tiny64, name), join(folder, name))
    return ['--perceptual-model', join(folder, name)]
  })
  const project = ['project', ...tinyPictures, ...conditional, ...networks, ...halves, '--steps', '4000']
  const form = ['--class', '1', '--latent-format', 'pt', '--json']
  const stop = { onText: ['/4000', (child: ChildProcess) => child.kill('SIGINT')] } as const
  const stopped = await mien([...project, ...form, '--out', out], stop)
  expect(stopped.code).toBe(130)
  const { files } = jsonOf<{ files: Record<string, string> }>(stopped)
  expect(files.latentForm).toBe(join(out, 'projected_w.pt'))
  const path = join(out, 'run.json')
  const record = readFileSync(path, 'utf8')
  expect(JSON.parse(record).order.files.generator[0].class).toBe(1)
  const ofClass = (label: number) => {
    const { order, ...rest } = JSON.parse(record)
    order.files.generator[0].class = label
    return JSON.stringify({ ...rest, order })
  }
  writeFileSync(path, ofClass(2))
  const refused = await mien(['project', '--resume', out])
  expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('The models changed') })
  writeFileSync(path, ofClass(1))
  expect((await mien(['project', '--resume', out], stop)).code).toBe(130)
})

test('an imported generator says how many classes it draws', async () => {
  const env = { MIEN_HOME: temporaryFolder() }
  const imported = await mien(['import', conditional[1]!, '--json'], { env })
  expect(jsonOf(imported)).toMatchObject({ classes: 3 })
  expect((await mien(['models'], { env })).stdout).toMatch(/generator, \d+ x \d+ pixels, 3 classes,/)
})
