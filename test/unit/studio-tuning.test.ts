import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { openCheckpoint } from '../../src/engine/checkpoint/open.ts'
import { writeSafetensors } from '../../src/engine/checkpoint/safetensors.ts'
import { withTunedWeights } from '../../src/engine/projection/tuned-network.ts'
import { floatTensor } from '../../src/engine/tensor.ts'
import { packFolder } from '../../src/node/host/folders.ts'
import { sha256 } from '../../src/node/host/sha256.ts'
import { exampleFile } from '../../src/node/studio/example-project.ts'
import type { GeneratorFormat } from '../../src/shared/exports.ts'
import type { LikenessOrder } from '../../src/shared/likeness.ts'
import type { Setup } from '../../src/shared/setup.ts'
import { fakeEngine } from '../crash/fake-engine.ts'
import { tuningSteps } from '../crash/photographs.ts'
import { searchedHome } from '../crash/searched-home.ts'
import { projectFolder, studioOf, tinyHome } from '../crash/studio-home.ts'
import { engine, temporaryFolder } from '../crash/tiny-run.ts'
import { full } from '../full.ts'

function orderOf({ look, landmarks, sources, points }: Setup): LikenessOrder {
  const rest = { eyes: 'look', aim: 'landmarks', run: null, shares: Array(9).fill(1) } as const
  return { ...rest, look: look!, landmarks: landmarks!, sources, points, shares: [...rest.shares] }
}

/** The example that comes with Mien: two photographs, and a run of the embedded generator that is done. */
async function example() {
  const home = temporaryFolder()
  const studio = await studioOf(home, engine)
  const { service } = studio
  const bytes = new Uint8Array(readFileSync(exampleFile()))
  const { id: project } = await service['projects.unpack']({ name: 'example.mienz', bytes })
  const { runs } = await service['projects.open']({ project })
  const run = runs[0]!
  const tune = () =>
    service['runs.tune']({ project, run: run.id, name: 'Run 1, tuned', order: orderOf(run.setup) })
  const folderOf = (id: string) => join(projectFolder(home, project), 'runs', id)
  return { studio, service, project, run, tune, folderOf }
}

describe('a generator that is taught the person of a run', () => {
  test('waits in the queue as a run, is stopped before it learns, and goes on', async () => {
    const ownSteps = 1000
    const { home, project, search: run, orderOf } = await searchedHome(temporaryFolder(), ownSteps)
    const studio = await studioOf(home, engine)
    const { service } = studio
    const order = orderOf(Array(9).fill(1))
    const tuning = await service['runs.tune']({ project, run: run.id, name: 'Search, tuned', order })
    expect(tuning).toMatchObject({
      ...{ kind: 'tuning', fixed: true, name: 'Search, tuned', step: 0 },
      parent: { run: run.id, step: run.step },
    })
    const key = { project, run: tuning.id }
    // What the generator draws until it is taught.
    expect((await service['runs.moment']({ ...key, step: 0 }))!.image.length).toBeGreaterThan(400)
    const running = await studio.until(tuning.id, ({ state, step }) => state === 'running' && step > 3)
    const steps = ownSteps + tuningSteps.learning
    expect(running).toMatchObject({ steps, failure: null, secondsLeft: expect.any(Number) })
    await expect(
      service['runs.steer']({ ...key, change: { kind: 'group-weights', groupWeights: Array(9).fill(1) } }),
    ).rejects.toThrow('takes no changes')
    await expect(service['runs.more']({ ...key, steps: 5 })).rejects.toThrow()
    await service['runs.stop'](key)
    await studio.untilState(tuning.id, 'stopped')
    const folder = join(projectFolder(home, project), 'runs', tuning.id)
    expect(existsSync(join(folder, 'generator_tuned.safetensors'))).toBe(false)
    await service['runs.resume'](key)
    await studio.until(tuning.id, ({ state, step }) => state === 'running' && step > 0)
    const again = service['runs.tune']({ ...key, name: 'x', order })
    await expect(again).rejects.toThrow('tuned already')
    await service['runs.remove'](key)
    expect(existsSync(folder)).toBe(false)
  })

  test.runIf(full)('draws the person, and is taken out as a whole', { timeout: 600_000 }, async () => {
    const { studio, service, project, run, tune, folderOf } = await example()
    const { id } = await tune()
    const done = await studio.untilState(id, 'done', 'failed')
    expect(done).toMatchObject({ state: 'done', step: 450, steps: 450, failure: null })
    expect(done.identity).toBeLessThan(0.5)
    const key = { project, run: id }
    // It moves with what is turned: here the mouth stays the look's own.
    const own = { ...orderOf(run.setup), shares: [1, 1, 1, 1, 1, 1, 1, 0, 0] }
    const moved = await Promise.all(
      [orderOf(run.setup), own].map((order) => service['runs.moved']({ ...key, order })),
    )
    expect(moved[0]!.image).not.toEqual(moved[1]!.image)
    const model = (await service['models.list']({})).find((one) => one.id === id)
    expect(model).toMatchObject({ name: 'Run 1, tuned', project, licence: 'MIT' })
    const { name, bytes } = await service['runs.export']({ ...key, export: { what: 'generator' } })
    expect(name).toMatch(/generator\.safetensors$/)
    expect(bytes.length).toBeGreaterThan(8e6)
    expect((await service['runs.show']({ ...key, what: 'result' }))!.step).toBe(450)
    expect((await service['runs.history'](key)).length).toBeGreaterThan(5)
    expect(existsSync(join(folderOf(id), 'recovery'))).toBe(false)
  })

  test('is taken out in three forms', async () => {
    const { service, project, run, folderOf } = await example()
    const pack = readFileSync(join(packFolder(), 'generator.safetensors'))
    const { networks } = openCheckpoint(memorySource(pack, 'generator.safetensors'))
    const taught = withTunedWeights(networks[0]!, new Map(), sha256(pack))
    const tensors = new Map([...taught.weights].map(([name, stored]) => [name, stored.read()]))
    const bias = tensors.get('synthesis.b4.conv1.bias')!
    tensors.set(
      'synthesis.b4.conv1.bias',
      floatTensor(bias.shape, new Float32Array(bias.data.length).fill(1)),
    )
    const key = { project, run: run.id }
    const take = (format?: GeneratorFormat) =>
      service['runs.export']({ ...key, export: { what: 'generator', ...(format && { format }) } })
    await expect(take()).rejects.toThrow('has tuned no generator')
    const file = writeSafetensors(tensors, { tuned_from: JSON.stringify(taught.init.tuned_from) })
    writeFileSync(join(folderOf(run.id), 'generator_tuned.safetensors'), file)
    const whole = await take()
    expect(whole.name).toMatch(/ - generator\.safetensors$/)
    expect(Buffer.compare(whole.bytes, file)).toBe(0)
    const dict = await take('pt')
    expect(dict.name).toMatch(/ - generator\.pt$/)
    expect(openCheckpoint(memorySource(dict.bytes, dict.name)).format).toBe('torch-zip')
    const difference = await take('difference')
    expect(difference.name).toMatch(/ - generator difference\.npz$/)
    const [changed] = openCheckpoint(memorySource(difference.bytes, difference.name)).networks
    expect([...changed!.weights.keys()]).toEqual(['original_sha256', 'synthesis.b4.conv1.bias'])
  })

  test('is refused before the run is over, and where the perceptual network knows no photographs', async () => {
    const { home, project, setup } = await tinyHome()
    const { service, ...studio } = await studioOf(
      home,
      fakeEngine(() => undefined),
    )
    const models = { generator: 'generator', landmarks: 'fan', perceptual: 'mien-portraits-256' }
    const asked = setup({}, { models })
    const [run] = await service['runs.start']({ project, runs: [{ name: 'Run', setup: asked }] })
    const key = { project, run: run!.id }
    const tune = () => service['runs.tune']({ ...key, name: 'Tuned', order: orderOf(setup()) })
    await studio.until(key.run, ({ step }) => step > 3)
    await expect(tune()).rejects.toThrow('The run is not over.')
    await service['runs.stop'](key)
    await studio.untilState(key.run, 'stopped')
    await expect(tune()).rejects.toThrow('this generator cannot be tuned by it')
  })
})
