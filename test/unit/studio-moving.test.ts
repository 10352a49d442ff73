import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { openCheckpoint } from '../../src/engine/checkpoint/open.ts'
import { writeSafetensors } from '../../src/engine/checkpoint/safetensors.ts'
import { readGenerator } from '../../src/engine/network/stylegan2/generator.ts'
import { constantNoise } from '../../src/engine/projection/noise.ts'
import { withTunedWeights } from '../../src/engine/projection/tuned-network.ts'
import { type FloatTensor, floatTensor } from '../../src/engine/tensor.ts'
import { sha256 } from '../../src/node/host/sha256.ts'
import { readLatent } from '../../src/node/runs/kinds/projection/array-files.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { generatedPicture } from '../../src/node/worker/generated-picture.ts'
import { initTexts } from '../../src/node/worker/model-files.ts'
import { mien } from '../cli/mien.ts'
import { studioOf, tinyHome } from '../crash/studio-home.ts'
import { engine, temporaryFolder, tiny64 } from '../crash/tiny-run.ts'

/** The generator of tiny64, whose colours another weight has turned, as a tuning writes it. */
function tunedBytes(): Uint8Array {
  const bytes = new Uint8Array(readFileSync(join(tiny64, 'generator.pkl')))
  const network = openCheckpoint(memorySource(bytes, 'generator.pkl')).networks.find(
    ({ name }) => name === 'G_ema',
  )!
  const name = 'synthesis.b64.torgb.bias'
  const turned = new Map([[name, floatTensor([3], [0.9, -0.9, 0.1])]])
  const tuned = withTunedWeights(network, turned, sha256(bytes))
  const tensors = Object.fromEntries([...tuned.weights].map(([key, tensor]) => [key, tensor.read()]))
  return writeSafetensors(tensors, initTexts(tuned))
}

async function drawn(file: Uint8Array, latent: FloatTensor) {
  const [network] = openCheckpoint(memorySource(file, 'tuned')).networks
  const generator = readGenerator(network!)
  return generatedPicture(generator, latent, constantNoise(generator.noise), { provider: 'cpu' })
}

const tuning = 'aaaaaaaa-0000-4000-8000-000000000000'

/** A studio whose project has a search that is over and the tuning that was made for it. */
async function tunedProject() {
  const { home, project, setup } = await tinyHome()
  const first = await studioOf(home, engine)
  const [search] = await first.service['runs.start']({
    project,
    runs: [{ name: 'Search', setup: setup({ steps: 30, live: false }) }],
  })
  const done = await first.untilState(search!.id, 'done')
  await first.close()
  const runs = join(home, 'projects', 'Tiny.mien', 'runs')
  const folder = join(runs, tuning)
  cpSync(join(runs, search!.id), folder, { recursive: true })
  rmSync(join(folder, 'recovery'), { recursive: true })
  const record = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'))
  const parent = { run: search!.id, step: done.step }
  const changed = { ...record, id: tuning, kind: 'tuning', name: 'Search, tuned', parent, resumable: false }
  writeFileSync(join(folder, 'run.json'), JSON.stringify(changed))
  const file = tunedBytes()
  writeFileSync(join(folder, 'generator_tuned.safetensors'), file)
  const studio = await studioOf(home, engine)
  await studio.service['projects.open']({ project })
  return { home, studio, project, search: done, folder, runs, file }
}

describe('a generator that was taught a face', () => {
  test('moves it: the search goes on, and the tuned generator draws', async () => {
    const { home, studio, project, search, file, runs } = await tunedProject()
    const { service } = studio
    const moving = await service['runs.move']({ project, run: tuning, name: 'Moving' })
    expect(moving).toMatchObject({ parent: { run: search.id, step: search.step } })
    expect(moving.setup).toMatchObject({ models: { generator: tuning }, settings: { live: true } })
    const key = { project, run: moving.id }
    await studio.until(moving.id, ({ state, step }) => state === 'running' && step > search.step + 3)
    const groupWeights = Array(9).fill(2)
    await service['runs.steer']({ ...key, change: { kind: 'group-weights', groupWeights } })
    await service['runs.finish'](key)
    const end = await studio.untilState(moving.id, 'done', 'failed')
    expect(end.failure).toBeNull()
    expect(end.setup.settings.groupWeights).toEqual(groupWeights)
    const latent = await readLatent(join(runs, moving.id, 'projected_w.npz'))
    const result = await sharpCodec.decode(readFileSync(join(runs, moving.id, 'proj.png')), 'proj.png')
    expect(result.data).toEqual((await drawn(file, latent)).data)
    const record = JSON.parse(readFileSync(join(runs, moving.id, 'run.json'), 'utf8'))
    expect(record.result.modelHashes.tuned).toEqual([sha256(file)])
    const listed = await service['models.list']({})
    const model = listed.find(({ id }) => id === tuning)
    expect(model).toMatchObject({ name: 'Search, tuned', base: 'generator', project, resolution: 64 })
    expect(studio.of('models').length).toBeGreaterThan(0)

    // Another machine has no such model; the project brings it along.
    await studio.close()
    rmSync(join(home, 'models', tuning), { recursive: true })
    const there = await studioOf(home, engine)
    const runsOfSetup = [
      {
        name: 'Again',
        setup: { ...moving.setup, settings: { ...moving.setup.settings, steps: 20, live: false } },
      },
    ]
    const [again] = await there.service['runs.start']({ project, runs: runsOfSetup })
    expect(await there.untilState(again!.id, 'done', 'failed')).toMatchObject({
      state: 'done',
      failure: null,
    })
    expect(existsSync(join(home, 'models', tuning, 'model.json'))).toBe(true)
  })

  test('is searched in what it was tuned from: the same latent, another picture', async () => {
    const home = temporaryFolder()
    const folder = temporaryFolder()
    const path = join(folder, 'generator_tuned.safetensors')
    writeFileSync(path, tunedBytes())
    const given = [
      ...['project', '--no-align', '--steps', '10', '--threads', '1', '--likeness', 'off'],
      ...['--look', join(tiny64, 'look.png'), '--landmarks', join(tiny64, 'landmarks.png')],
      ...['--landmark-model', join(tiny64, 'fan.pth')],
      ...['--perceptual-model', `${join(tiny64, 'vgg16.pth')},${join(tiny64, 'lpips.pth')}`],
    ]
    const run = (model: string, out: string) =>
      mien([...given, '--model', model, '--out', join(folder, out)], { env: { MIEN_HOME: home } })
    const refused = await run(path, 'refused')
    expect(refused.code).toBe(3)
    expect(refused.stderr).toContain('was tuned from a generator that is not installed')
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
