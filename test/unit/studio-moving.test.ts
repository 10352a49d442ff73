import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { openCheckpoint } from '../../src/engine/checkpoint/open.ts'
import { writeSafetensors } from '../../src/engine/checkpoint/safetensors.ts'
import { aimedPoints } from '../../src/engine/likeness/aimed-points.ts'
import { readGenerator } from '../../src/engine/network/stylegan2/generator-reading.ts'
import { openLandmarkSight } from '../../src/engine/projection/landmark-sight.ts'
import { findMovement, type Movement } from '../../src/engine/projection/movement.ts'
import { constantNoise } from '../../src/engine/projection/noise.ts'
import { principalDirections } from '../../src/engine/projection/principal-directions.ts'
import { withTunedWeights } from '../../src/engine/projection/tuned-network.ts'
import { type FloatTensor, floatTensor } from '../../src/engine/tensor.ts'
import { storedFloats } from '../../src/engine/weights.ts'
import { npzBytes } from '../../src/node/host/array-files.ts'
import { sha256 } from '../../src/node/host/sha256.ts'
import { readLatent } from '../../src/node/runs/kinds/projection/latent-file.ts'
import { movementBytes } from '../../src/node/runs/kinds/tuning/movement-file.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { generatedPicture } from '../../src/node/worker/generated-picture.ts'
import { initTexts } from '../../src/node/worker/model-files.ts'
import type { LikenessOrder } from '../../src/shared/likeness.ts'
import { mien } from '../cli/mien.ts'
import { face, other, searchedHome } from '../crash/searched-home.ts'
import { studioOf } from '../crash/studio-home.ts'
import { engine, temporaryFolder, tiny64 } from '../crash/tiny-run.ts'
import { fixtureNetworks } from '../golden/networks.ts'

/** The generator of tiny64, whose colours another weight has turned, as a tuning writes it. */
function tunedBytes(): Uint8Array {
  const bytes = new Uint8Array(readFileSync(join(tiny64, 'generator.pkl')))
  const network = openCheckpoint(memorySource(bytes, 'generator.pkl')).networks.find(
    ({ name }) => name === 'G_ema',
  )!
  const name = 'synthesis.b64.torgb.bias'
  const turned = new Map([[name, storedFloats(floatTensor([3], [0.9, -0.9, 0.1]))]])
  const tuned = withTunedWeights(network, turned, sha256(bytes))
  const tensors = Object.fromEntries([...tuned.weights].map(([key, tensor]) => [key, tensor.read()]))
  return writeSafetensors(tensors, initTexts(tuned))
}

async function drawn(file: Uint8Array, latent: FloatTensor) {
  const [network] = openCheckpoint(memorySource(file, 'tuned')).networks
  const generator = readGenerator(network!)
  return generatedPicture(generator, latent, constantNoise(generator.noise), { provider: 'cpu' })
}

/** How the tiny face moves between two latents. */
async function movement(from: FloatTensor, to: FloatTensor): Promise<Movement> {
  const runtime = onnxRuntime('cpu')
  const networks = fixtureNetworks('tiny64')
  const directions = await principalDirections(runtime, networks.generator, 8, undefined, 500)
  const sight = await openLandmarkSight(runtime, networks, from.shape)
  const points = (numbers: ArrayLike<number>) => floatTensor([136], Float32Array.from(numbers))
  const aimed = aimedPoints(face, other, Array(9).fill(1))
  const path = { own: from, found: to, ownPoints: points(face), foundPoints: points(aimed), directions }
  const found = await findMovement(sight.see, path)
  await sight.dispose()
  return found
}

function expectNear({ data }: FloatTensor, expected: (i: number) => number): void {
  for (const [i, value] of data.entries()) expect(value).toBeCloseTo(expected(i), 4)
}

const tuning = 'aaaaaaaa-0000-4000-8000-000000000000'

const madeHome = mkdtempSync(join(tmpdir(), 'mien-moving-'))
afterAll(() => rmSync(madeHome, { recursive: true, force: true }))

/** Makes a project of two faces, a search that is over, and the tuning that was made for it. */
async function makeTunedProject() {
  const { home, project, setup, search, orderOf } = await searchedHome(madeHome)
  const runs = join(home, 'projects', 'Tiny.mien', 'runs')
  const folder = join(runs, tuning)
  cpSync(join(runs, search.id), folder, { recursive: true })
  rmSync(join(folder, 'recovery'), { recursive: true })
  const record = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'))
  const parent = { run: search.id, step: search.step }
  const changed = { ...record, id: tuning, kind: 'tuning', name: 'Search, tuned', parent, resumable: false }
  writeFileSync(join(folder, 'run.json'), JSON.stringify(changed))
  const file = tunedBytes()
  writeFileSync(join(folder, 'generator_tuned.safetensors'), file)
  const found = await readLatent(join(folder, 'projected_w.npz'))
  const row = floatTensor([1, 1, 64], found.data.slice(0, 64))
  const own = floatTensor(
    [1, 1, 64],
    row.data.map((value) => value + 0.3),
  )
  writeFileSync(join(folder, 'movement.npz'), movementBytes(await movement(own, row)))
  return { project, setup, orderOf, row, file }
}

let made: ReturnType<typeof makeTunedProject> | undefined

/** A studio over a copy of that project, which is made once. */
async function tunedProject() {
  made ??= makeTunedProject()
  const { project, setup, orderOf, row, file } = await made
  const home = temporaryFolder()
  cpSync(madeHome, home, { recursive: true })
  const folder = join(home, 'projects', 'Tiny.mien', 'runs', tuning)
  const studio = await studioOf(home, engine)
  await studio.service['projects.open']({ project })
  return { home, studio, project, setup, folder, row, file, orderOf }
}

describe('a generator that was taught a face', () => {
  test('moves it to where the landmarks of the photograph go', async () => {
    const { studio, project, folder, row, file, orderOf } = await tunedProject()
    const { service } = studio
    const key = { project, run: tuning }
    const all = orderOf(Array(9).fill(1))
    const moved = (await service['runs.moved']({ ...key, order: all }))!
    expect(moved.run).toBe(tuning)
    for (const [i, value] of moved.points!.slice(34).entries()) expect(value).toBeCloseTo(other[34 + i]!, 5)
    const exported = async (order: LikenessOrder) => {
      const picture = { what: 'picture', format: 'png', settings: false, moved: order } as const
      const latent = { what: 'latent', format: 'npz', moved: order } as const
      const { bytes } = await service['runs.export']({ ...key, export: picture })
      const npz = join(folder, '..', 'moved.npz')
      writeFileSync(npz, (await service['runs.export']({ ...key, export: latent })).bytes)
      return { image: await sharpCodec.decode(bytes, 'png'), latent: await readLatent(npz) }
    }
    // All the way is where the generator was taught.
    const whole = await exported(all)
    expectNear(whole.latent, (i) => row.data[i % 64]!)
    expect(whole.image.data).toEqual((await drawn(file, whole.latent)).data)
    const none = await exported(orderOf(Array(9).fill(0)))
    expectNear(none.latent, (i) => row.data[i % 64]! + 0.3)
    const lips = await exported({ ...all, points: [{ index: 66, x: face[132]!, y: face[133]! + 0.1 }] })
    expect(lips.latent.data).not.toEqual(whole.latent.data)
    expect(lips.image.data).toEqual((await drawn(file, lips.latent)).data)
    // Of a run that taught nothing there is no face to move.
    rmSync(join(folder, 'movement.npz'))
    expect(await service['runs.moved']({ ...key, order: all })).toBeNull()
    await expect(exported(all)).rejects.toThrow('There is no face to move')
    writeFileSync(join(folder, 'movement.npz'), npzBytes({ own: row }))
    await expect(service['runs.moved']({ ...key, order: all })).rejects.toThrow('"found" is missing or wrong')
  })

  test('comes along with its project, as a model for searches', async () => {
    const { home, studio, project, setup, file, folder } = await tunedProject()
    const tuned = setup({ steps: 5, live: false }, {})
    const asked = { ...tuned, models: { ...tuned.models, generator: tuning } }
    const [run] = await studio.service['runs.start']({ project, runs: [{ name: 'Again', setup: asked }] })
    expect(await studio.untilState(run!.id, 'done', 'failed')).toMatchObject({ state: 'done', failure: null })
    expect(existsSync(join(home, 'models', tuning, 'model.json'))).toBe(true)
    expect(studio.of('models').length).toBeGreaterThan(0)
    const model = (await studio.service['models.list']({})).find(({ id }) => id === tuning)
    expect(model).toMatchObject({ name: 'Search, tuned', original: 'generator', project, resolution: 64 })
    const latent = await readLatent(join(folder, '..', run!.id, 'projected_w.npz'))
    const result = await sharpCodec.decode(readFileSync(join(folder, '..', run!.id, 'proj.png')), 'proj.png')
    expect(result.data).toEqual((await drawn(file, latent)).data)
    const record = JSON.parse(readFileSync(join(folder, '..', run!.id, 'run.json'), 'utf8'))
    expect(record.result.modelHashes.tuned).toEqual([sha256(file)])
  })

  test('is searched in what it was tuned from: the same latent, another picture', async () => {
    const home = temporaryFolder()
    const folder = temporaryFolder()
    const path = join(folder, 'generator_tuned.safetensors')
    writeFileSync(path, tunedBytes())
    const given = [
      ...['project', '--no-align', '--steps', '5', '--threads', '1', '--likeness', 'off'],
      ...['--look', join(tiny64, 'look.png'), '--landmarks', join(tiny64, 'landmarks.png')],
      ...['--landmark-model', join(tiny64, 'fan.pth')],
      ...['--perceptual-model', `${join(tiny64, 'vgg16.pth')},${join(tiny64, 'lpips.pth')}`],
    ]
    const run = (model: string, out: string) =>
      mien([...given, '--model', model, '--out', join(folder, out)], { env: { MIEN_HOME: home } })
    const refused = await run(path, 'refused')
    expect(refused.code).toBe(3)
    expect(refused.stderr).toContain('was tuned from is not installed')
    await mien(['import', join(tiny64, 'generator.pkl'), path], { env: { MIEN_HOME: home } })
    expect((await run('generator', 'plain')).code).toBe(0)
    for (const model of [path, 'generator-tuned']) {
      expect((await run(model, 'tuned')).code).toBe(0)
      const latents = ['plain', 'tuned'].map((out) => readFileSync(join(folder, out, 'projected_w.npz')))
      expect(latents[0]).toEqual(latents[1])
      const pictures = ['plain', 'tuned'].map((out) => readFileSync(join(folder, out, 'proj.png')))
      expect(pictures[0]).not.toEqual(pictures[1])
    }
  })
})
