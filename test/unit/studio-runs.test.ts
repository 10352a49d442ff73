import { existsSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import sharp from 'sharp'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import type { Generator } from '../../src/engine/network/stylegan2/generator.ts'
import { courseOf } from '../../src/engine/projection/course.ts'
import { statisticsDraws } from '../../src/engine/projection/latent-statistics.ts'
import { inEveryLayer } from '../../src/engine/projection/projection.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { readSnapshot } from '../../src/engine/projection/snapshot.ts'
import { floatTensor, relativeGap } from '../../src/engine/tensor.ts'
import type { SpawnWorker } from '../../src/node/engine/client.ts'
import type { JobEvents } from '../../src/node/engine/protocol.ts'
import { npzBytes, readNoise } from '../../src/node/host/array-files.ts'
import { createProjectStore } from '../../src/node/projects/library.ts'
import { changesOf, readKeyframe } from '../../src/node/runs/recovery.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { render } from '../../src/node/worker/jobs/render.ts'
import { contract } from '../../src/shared/contract.ts'
import { events } from '../../src/shared/events.ts'
import type { RunExport } from '../../src/shared/exports.ts'
import type { Run } from '../../src/shared/run.ts'
import type { Setup } from '../../src/shared/setup.ts'
import { fakeEngine } from '../crash/fake-engine.ts'
import { atOutcome } from '../crash/held-outcome.ts'
import { studioOf, type TinyHome, tinyHome, type WatchedStudio } from '../crash/studio-home.ts'
import { recordIn, tiny64 } from '../crash/tiny-run.ts'

const healthy = () => fakeEngine(() => undefined)

/** A studio over a tiny home, and a way to start runs in it. */
async function opened(spawn: SpawnWorker = healthy(), home?: TinyHome) {
  const tiny = home ?? (await tinyHome())
  const studio = await studioOf(tiny.home, spawn)
  const { service } = studio
  const start = async (...setups: readonly Setup[]): Promise<readonly Run[]> =>
    service['runs.start']({
      project: tiny.project,
      runs: setups.map((setup, i) => ({ name: `Run ${i + 1}`, setup })),
    })
  const key = ({ id: run }: Run) => ({ project: tiny.project, run })
  return { ...tiny, tiny, studio, service, start, key }
}

const stepsFrom = (studio: WatchedStudio, run: Run, count: number) => {
  const now = studio.of('run').findLast(({ id }) => id === run.id)?.step ?? 0
  return studio.until(run.id, ({ step }) => step >= now + count)
}

const queueOf = async ({ service }: WatchedStudio) =>
  (await service['queue.list']({})).map(({ name, state }) => `${name} ${state}`)

test('runs of a queue share a process, one after the other', async () => {
  let processes = 0
  const { studio, start, setup } = await opened((work) => {
    processes += 1
    return healthy()(work)
  })
  const before = processes
  const runs = await start(setup({ live: false }), setup({ live: false, seed: 5 }))
  for (const { id } of runs) expect((await studio.untilState(id, 'done', 'failed')).state).toBe('done')
  expect(processes - before).toBe(1)
})

describe('a run', () => {
  test('keeps how it came to its name until it is given another one', async () => {
    const { tiny, studio, service, setup, key } = await opened()
    const naming = { kind: 'seed', seed: 303 } as const
    const [run] = await service['runs.start']({
      project: tiny.project,
      runs: [{ name: 'Seed 303', naming, setup: setup({ live: false }) }],
    })
    await studio.untilState(run!.id, 'done')
    const { runs } = await service['projects.open']({ project: tiny.project })
    expect(runs).toMatchObject([{ name: 'Seed 303', naming }])
    const renamed = await service['runs.rename']({ ...key(run!), name: 'Seed 303' })
    expect(renamed.name).toBe('Seed 303')
    expect(renamed).not.toHaveProperty('naming')
  })

  test('that is not live ends after its steps, and tells of itself as the contract has it', async () => {
    const { studio, service, start, setup, key } = await opened()
    const [run] = await start(setup({ live: false }))
    const done = await studio.untilState(run!.id, 'done', 'failed')
    expect(done).toMatchObject({ state: 'done', step: 40, steps: 40, device: 'cpu', failure: null })
    for (const { name, data } of studio.told) v.parse(events[name], data)
    const metrics = await service['runs.metrics']({ ...key(run!), from: 0 })
    v.parse(contract['runs.metrics'].result, metrics)
    expect(metrics.rows.map(({ step }) => step)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
    expect(metrics.changes).toEqual([{ step: 0, kind: 'finish' }])
    expect(studio.of('run.metrics').flatMap(({ rows }) => rows)).toEqual(
      metrics.rows.map((row) => ({ ...row, seconds: expect.any(Number) })),
    )
    expect(await queueOf(studio)).toEqual([])
    for (const what of ['result', 'start', 'look', 'landmarks'] as const) {
      const shown = await service['runs.show']({ ...key(run!), what })
      v.parse(contract['runs.show'].result, shown)
      expect(shown?.step).toBe(what === 'result' ? 40 : 0)
      expect(shown?.points === null).toBe(what === 'start' || what === 'look')
    }
    expect((await service['runs.history'](key(run!))).at(-1)).toEqual({ step: 40, keyframe: true })
    expect((await service['runs.moment']({ ...key(run!), step: 39 }))?.step).toBe(40)
    await expect
      .poll(async () => (await service['projects.list']({}))[0])
      .toMatchObject({ runs: 1, thumbnail: expect.any(String) })
  })

  test('begins with sources and points that its setup asks for', async () => {
    const { studio, service, start, setup, key, pictures } = await opened()
    const sources = Array.from({ length: 9 }, (_, group) => (group > 6 ? pictures.look : null))
    const points = [{ index: 8, x: 0.5, y: 0.9 }]
    const [run] = await start(setup({ live: false }, { sources, points }))
    expect((await studio.untilState(run!.id, 'done', 'failed')).state).toBe('done')
    const { changes } = await service['runs.metrics']({ ...key(run!), from: 0 })
    expect(changes).toEqual(['landmarks', 'points', 'finish'].map((kind) => ({ step: 0, kind })))
  })

  test('begins on the way to the face of its seed, as its setup asks for', async () => {
    const { studio, service, start, setup, key } = await opened()
    const runs = await start(setup({ live: false }), setup({ live: false, startTruncation: 0.7 }))
    const [without, with07] = await Promise.all(
      runs.map(async (run) => {
        await studio.untilState(run.id, 'done', 'failed')
        const asked = { what: 'latent', format: 'npy' } as const
        const { bytes } = await service['runs.export']({ ...key(run), export: asked })
        return new Float32Array(bytes.slice(-64 * 4).buffer)
      }),
    )
    // The fake device has z for w, and makes 0.9 w + 0.001 of each latent: the way between two stays, 0.9 ^ 40 as long.
    const dims = { zDim: 64 } as Generator
    const draws = statisticsDraws(dims, 10_000).data
    const averageOf = (i: number) =>
      Array.from({ length: 10_000 }, (_, n) => draws[n * 64 + i]!).reduce((a, b) => a + b) / 10_000
    const z = new MersenneTwister(runs[1]!.setup.settings.seed).normals(64)
    const wanted = Array.from(z, (value, i) => 0.9 ** 40 * 0.7 * (value - averageOf(i)))
    expect(
      relativeGap(
        with07!.map((value, i) => value - without![i]!),
        wanted,
      ),
    ).toBeLessThan(1e-3)
  })

  test('is refused where something is missing, in words', async () => {
    const { studio, service, start, setup, project } = await opened()
    await expect(start(setup({}, { look: null }))).rejects.toThrow('A run needs a picture')
    await expect(start(setup({}, { look: 'none' }))).rejects.toThrow('not in the project')
    const [run] = await start(setup({}, { models: { generator: 'not-there' } }))
    const { failure } = await studio.untilState(run!.id, 'failed')
    expect(failure).toMatchObject({
      code: 'unreadable-file',
      message: 'The model "not-there" is not installed.',
    })
    expect(await queueOf(studio)).toEqual([])
    await expect(service['runs.stop']({ project, run: 'nothing' })).rejects.toThrow('no longer there')
  })

  test('is steered, and its setup says so; it ramps down when it is told to finish, and makes more steps', async () => {
    const { studio, service, start, setup, key, pictures } = await opened()
    const [run] = await start(setup())
    await studio.until(run!.id, ({ step }) => step > 5)
    const weights = { perceptual: 0.5, landmark: 0.1, noiseReg: 1e5, prior: 3 }
    await service['runs.steer']({ ...key(run!), change: { kind: 'weights', weights } })
    const groups = [7, 8]
    const landmarks = { kind: 'landmarks', picture: pictures.look, groups } as const
    await service['runs.steer']({ ...key(run!), change: landmarks })
    const placed = [{ index: 8, x: 0.4, y: 0.9 }]
    const steered = await service['runs.steer']({
      ...key(run!),
      change: { kind: 'points', placed, released: [] },
    })
    // A term that the run does not have cannot be added to it.
    const { prior: _, ...kept } = weights
    expect(steered.setup.settings.weights).toEqual(kept)
    expect(steered.setup.sources).toEqual([...Array(7).fill(null), pictures.look, pictures.look])
    expect(steered.setup.points).toEqual(placed)
    await stepsFrom(studio, run!, 20)
    expect((await studio.until(run!.id, () => true)).steps).toBeNull()
    await service['runs.finish'](key(run!))
    expect((await studio.until(run!.id, ({ steps }) => steps !== null)).state).toBe('finishing')
    const done = await studio.untilState(run!.id, 'done')
    const { changes } = await service['runs.metrics']({ ...key(run!), from: 0 })
    expect(changes.map(({ kind }) => kind)).toEqual(['weights', 'landmarks', 'points', 'settle'])
    expect(done.step).toBe(changes.at(-1)!.step + 10)

    await service['runs.more']({ ...key(run!), steps: 30 })
    const more = await studio.until(run!.id, ({ state, step }) => state === 'done' && step > done.step)
    expect(more.step).toBe(done.step + 30 + 10)
  })

  test.each(['known to be over', 'written'])(
    'makes more steps that are asked for before it is %s',
    async (when) => {
      const asked: Promise<Run>[] = []
      const askOnce = (isNow: boolean) => async () => {
        if (!isNow || asked.length > 0) return
        asked.push(service['runs.more']({ ...key(run!), steps: 30 }))
        await asked[0]
      }
      const engine = atOutcome(healthy(), askOnce(when !== 'written'), askOnce(when === 'written'))
      const { studio, service, start, setup, key } = await opened(engine)
      const [run] = await start(setup({ live: false }))
      const done = await studio.untilState(run!.id, 'done', 'failed')
      expect(done).toMatchObject({ state: 'done', step: 40 + 30 + 10, notices: ['Going on from step 40.'] })
      expect(await asked[0]).toMatchObject({ id: run!.id })
      expect(await queueOf(studio)).toEqual([])
    },
  )

  test('says of a change that came after its last step that the result does not show it', async () => {
    const groupWeights = [1, 1, 1, 1, 1, 1, 1, 1, 0]
    let isAsked = false
    const engine = atOutcome(healthy(), async () => {
      if (isAsked) return
      isAsked = true
      await service['runs.steer']({ ...key(run!), change: { kind: 'group-weights', groupWeights } })
      // There is nothing left to finish.
      await service['runs.finish'](key(run!))
    })
    const { studio, service, start, setup, key } = await opened(engine)
    const [run] = await start(setup({ live: false }))
    const done = await studio.untilState(run!.id, 'done', 'failed')
    expect(done).toMatchObject({ state: 'done', step: 40, setup: { settings: { groupWeights } } })
    expect(done.notices).toEqual([expect.stringContaining('came after the last step')])
    await service['runs.more']({ ...key(run!), steps: 5 })
    await studio.until(run!.id, ({ state, step }) => state === 'done' && step === 40 + 5 + 10)
    const { changes } = await service['runs.metrics']({ ...key(run!), from: 1 })
    expect(changes.map(({ kind }) => kind)).toEqual(['group-weights', 'settle', 'settle'])
  })

  test('keeps the whole state of the moment before a change, from which it can be resumed', async () => {
    const { studio, service, start, setup, key } = await opened()
    const [run] = await start(setup({ steps: 4000 }))
    await studio.until(run!.id, ({ step }) => step > 30)
    const groupWeights = [20, 20, 20, 20, 20, 20, 20, 20, 20]
    await service['runs.steer']({ ...key(run!), change: { kind: 'group-weights', groupWeights } })
    await stepsFrom(studio, run!, 600)
    const { changes } = await service['runs.metrics']({ ...key(run!), from: 0 })
    const { step } = changes[0]!
    const moments = await service['runs.history'](key(run!))
    expect(moments).toContainEqual({ step, keyframe: true })
    expect(moments.filter(({ keyframe }) => keyframe).length).toBeLessThanOrEqual(10)
    const branch = await service['runs.branch']({ ...key(run!), name: 'Before', step })
    expect(branch).toMatchObject({ step, parent: { run: run!.id, step } })
    expect(branch.setup.settings.groupWeights).toEqual(run!.setup.settings.groupWeights)
  })

  test('can be paused, resumed, stopped and taken up again', async () => {
    const { studio, service, start, setup, key } = await opened()
    const [run] = await start(setup())
    await studio.until(run!.id, ({ step }) => step > 5)
    await service['runs.pause'](key(run!))
    const paused = await studio.untilState(run!.id, 'paused')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect((await service['queue.list']({}))[0]!.step).toBe(paused.step)
    await service['runs.resume'](key(run!))
    await studio.until(run!.id, ({ state, step }) => state === 'running' && step > paused.step)
    await service['runs.stop'](key(run!))
    const stopped = await studio.untilState(run!.id, 'stopped')
    expect(stopped.identity).toBeNull()
    // What is asked of a run that does not compute is made when it goes on.
    const groupWeights = [1, 1, 1, 1, 1, 1, 1, 1, 0]
    await service['runs.steer']({ ...key(run!), change: { kind: 'group-weights', groupWeights } })
    await service['runs.resume'](key(run!))
    const going = await studio.until(run!.id, ({ state, step }) => state === 'running' && step > stopped.step)
    expect(going.setup.settings.groupWeights).toEqual(groupWeights)
    const { changes } = await service['runs.metrics']({ ...key(run!), from: 0 })
    expect(changes).toEqual([{ step: stopped.step, kind: 'group-weights' }])
  })

  test('is branched while it computes, with the setup of that step and what lies before it', async () => {
    const { studio, service, start, setup, key } = await opened()
    const [run] = await start(setup())
    await studio.until(run!.id, ({ step }) => step > 60)
    const groupWeights = [1, 1, 1, 1, 1, 1, 1, 1, 0]
    await service['runs.steer']({ ...key(run!), change: { kind: 'group-weights', groupWeights } })
    const history = await service['runs.history'](key(run!))
    const { step } = history.find(({ keyframe }) => keyframe)!
    const branch = await service['runs.branch']({ ...key(run!), step, name: 'Branch' })
    expect(branch).toMatchObject({ name: 'Branch', state: 'queued', step, parent: { run: run!.id, step } })
    expect(branch.setup).toEqual(setup())
    await service['runs.stop'](key(run!))
    await studio.until(branch.id, (now) => now.state === 'running' && now.step > step)
    await service['runs.stop'](key(branch))
    await studio.untilState(branch.id, 'stopped')
    const { rows } = await service['runs.metrics']({ ...key(branch), from: 0 })
    expect(rows.map((row) => row.step)).toEqual(rows.map((_, i) => i + 1))
    await expect(service['runs.branch']({ ...key(run!), step: step + 1, name: 'No' })).rejects.toThrow(
      'no snapshot',
    )
  })

  test.each([true, false])(
    'is live again where it is branched from its end, and makes steps (live before: %s)',
    async (live) => {
      const { studio, service, start, setup, key } = await opened()
      const [run] = await start(setup({ live }))
      if (live) {
        await studio.until(run!.id, ({ step }) => step > 45)
        await service['runs.finish'](key(run!))
      }
      const done = await studio.untilState(run!.id, 'done', 'failed')
      const step = (await service['runs.history'](key(run!))).findLast(({ keyframe }) => keyframe)!.step
      expect(step).toBe(done.step)
      const branch = await service['runs.branch']({ ...key(run!), step, name: 'Branch' })
      expect(branch.setup.settings.live).toBe(true)
      const going = await studio.until(branch.id, (now) => now.step > step + 30 || now.state === 'done')
      expect(going).toMatchObject({ state: 'running', steps: null })
      await service['runs.finish'](key(branch))
      await studio.untilState(branch.id, 'done')
    },
  )

  test('that is a branch and is stopped before its first step keeps what it was branched from', async () => {
    const { studio, service, start, setup, key, home } = await opened()
    const [run] = await start(setup())
    await studio.until(run!.id, ({ step }) => step > 60)
    const { step } = (await service['runs.history'](key(run!))).find(({ keyframe }) => keyframe)!
    // It waits behind its parent, which holds its pace.
    const branch = await service['runs.branch']({ ...key(run!), step, name: 'Branch' })
    await service['runs.stop'](key(branch))
    expect(await studio.until(branch.id, ({ state }) => state === 'stopped')).toMatchObject({ step })
    const shown = await service['runs.show']({ ...key(branch), what: 'result' })
    expect(shown).toMatchObject({
      step,
      image: (await service['runs.moment']({ ...key(run!), step }))!.image,
    })
    for (const what of ['look', 'landmarks'] as const) {
      const target = await service['runs.show']({ ...key(branch), what })
      expect(target?.image).toEqual((await service['runs.show']({ ...key(run!), what }))!.image)
    }
    const exported = async (what: RunExport) =>
      (await service['runs.export']({ ...key(branch), export: what })).bytes
    const picture = await exported({ what: 'picture', format: 'png', settings: false })
    const npy = await exported({ what: 'latent', format: 'npy' })
    const latent = floatTensor([1, 10, 64], new Float32Array(npy.slice(-10 * 64 * 4).buffer))
    const folder = join(home, 'projects', 'Tiny.mien', 'runs', branch.id)
    const { snapshot } = await readKeyframe(await recordIn(folder), step)
    const { average } = readSnapshot(snapshot!.bytes, 'x')
    expect(latent.data).toEqual(inEveryLayer(average!.latent, 10).data)
    // The picture is that of the latent, as `mien render` draws it too.
    const generator = [{ path: join(tiny64, 'generator.pkl') }]
    const noise = await readNoise(join(folder, 'noise.npz'))
    const events = new Proxy({}, { get: () => () => undefined }) as Required<JobEvents>
    const drawn = await render({ generator, latent, noise, execution: { provider: 'cpu' } }, events)
    expect((await sharpCodec.decode(picture, 'x')).data).toEqual(drawn.image.data)
    expect(Object.keys(unzipSync(await exported({ what: 'reference' }))).sort()).toEqual([
      ...['metrics.ndjson', 'noise.npz', 'proj.png', 'projected_w.npz'],
      ...['run.json', 'target_landmarks.png', 'target_look.png'],
    ])
    // Results of an end before are older than what it did since.
    const older = join(folder, 'projected_w.npz')
    writeFileSync(older, npzBytes({ w: floatTensor([1, 10, 64], new Float32Array(640)) }))
    utimesSync(older, 1, 1)
    expect(await exported({ what: 'latent', format: 'npy' })).toEqual(npy)
    // It can still be taken up.
    await service['runs.stop'](key(run!))
    await service['runs.resume'](key(branch))
    await studio.until(branch.id, (now) => now.state === 'running' && now.step > step)
  })

  test('that computes is removed with all that it wrote', async () => {
    const { studio, service, start, setup, key, home, project } = await opened()
    const [run, next] = await start(setup(), setup())
    await studio.until(run!.id, ({ step }) => step > 5)
    await service['runs.remove'](key(run!))
    expect(studio.of('run.removed')).toEqual([{ project, run: run!.id }])
    await studio.until(next!.id, ({ step }) => step > 1)
    expect((await service['projects.open']({ project })).runs.map(({ id }) => id)).toEqual([next!.id])
    expect(existsSync(join(home, 'projects', 'Tiny.mien', 'runs', run!.id))).toBe(false)
  })
})

describe('heat maps', () => {
  test('are those of the targets before any run, of the square and by the network of the setup', async () => {
    const { service, project, pictures, setup } = await opened()
    await service['projects.set-up']({ project, setup: setup() })
    const seen = async (picture: string, groups: number[]) => {
      const { image } = await service['pictures.heat-maps']({ project, picture, groups })
      return sharp(image!).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
    }
    const mouth = await seen(pictures.look, [7, 8])
    expect([mouth.info.width, mouth.info.height]).toEqual([256, 256])
    expect((await seen(pictures.look, [7, 8])).data).toEqual(mouth.data)
    expect((await seen(pictures.look, [0])).data).not.toEqual(mouth.data)
    expect((await seen(pictures.landmarks, [7, 8])).data).not.toEqual(mouth.data)
    const { id } = (await service['models.list']({})).find(({ origin }) => origin === 'embedded')!
    await service['projects.set-up']({ project, setup: setup({}, { models: { landmarks: id } }) })
    expect((await seen(pictures.look, [7, 8])).data).not.toEqual(mouth.data)
    await expect(seen('none', [0])).rejects.toThrow('not in the project')
  })
})

describe('the queue', () => {
  test('lets one compute and the others wait in an order that can be changed', async () => {
    const { studio, service, start, setup, key } = await opened()
    const runs = await start(setup(), setup(), setup(), setup())
    expect(new Set(runs.map(({ batch }) => batch)).size).toBe(1)
    expect(runs[0]!.batch).not.toBeNull()
    await studio.untilState(runs[0]!.id, 'running')
    expect(await queueOf(studio)).toEqual(['Run 1 running', 'Run 2 queued', 'Run 3 queued', 'Run 4 queued'])
    await service['queue.move']({ run: runs[3]!.id, to: 0 })
    await service['runs.stop'](key(runs[1]!))
    expect(await queueOf(studio)).toEqual(['Run 1 running', 'Run 4 queued', 'Run 3 queued'])
    await expect(service['queue.move']({ run: runs[0]!.id, to: 1 })).rejects.toThrow('no longer waiting')
    await service['runs.stop'](key(runs[0]!))
    await studio.untilState(runs[3]!.id, 'running')
    expect(await queueOf(studio)).toEqual(['Run 4 running', 'Run 3 queued'])
    const computing = studio.of('run').filter(({ state }) => state === 'running')
    expect([...new Set(computing.map(({ name }) => name))]).toEqual(['Run 1', 'Run 4'])
  })

  test('does not wait for a run that waits for its user', async () => {
    const { studio, service, start, setup, key } = await opened()
    const [first, second] = await start(setup(), setup())
    await studio.until(first!.id, ({ step }) => step > 5)
    await service['runs.pause'](key(first!))
    const running = await studio.until(second!.id, ({ step }) => step > 5)
    expect(running.state).toBe('running')
    expect(await queueOf(studio)).toEqual(['Run 1 paused', 'Run 2 running'])
    const { step } = await studio.untilState(first!.id, 'paused')
    await service['runs.resume'](key(first!))
    await service['runs.stop'](key(second!))
    await studio.until(first!.id, (now) => now.state === 'running' && now.step > step)
  })

  test('changes that come just as the turn of their run comes are neither lost nor a failure', async () => {
    const { studio, service, start, setup, key, home, pictures } = await opened()
    const now = ({ id }: Run) => studio.of('run').findLast((run) => run.id === id)!
    const going = (run: Run) => studio.until(run.id, ({ state, step }) => state === 'running' && step > 2)
    const weightIn = async (run: Run) => {
      const folder = join(home, 'projects', 'Tiny.mien', 'runs', run.id)
      const { order } = (await recordIn(folder)).now
      return courseOf(order!.settings, await changesOf(folder)).groupWeights[0]
    }
    /** Changes it again and again while it waits, so that its turn comes in the middle of a change. */
    const steered = async (run: Run) => {
      let weight = 0
      while (now(run).state === 'queued') {
        const groupWeights = [++weight, 1, 1, 1, 1, 1, 1, 1, 1]
        await service['runs.steer']({ ...key(run), change: { kind: 'group-weights', groupWeights } })
        const picture = weight % 2 === 0 ? pictures.look : pictures.landmarks
        await service['runs.steer']({ ...key(run), change: { kind: 'look', picture } })
      }
      expect(now(run)).toMatchObject({ failure: null, setup: { settings: { groupWeights: { 0: weight } } } })
      await expect.poll(() => weightIn(run), { timeout: 20_000 }).toBe(weight)
    }
    // It was begun, waits for its user while another computes, and goes on.
    const [paused, other] = await start(setup(), setup())
    await going(paused!)
    await service['runs.pause'](key(paused!))
    await going(other!)
    await service['runs.resume'](key(paused!))
    await service['runs.stop'](key(other!))
    await steered(paused!)
  })

  test('survives: what was under way goes on, what was paused stays so', async () => {
    const { tiny, studio, service, start, setup, key } = await opened()
    const [paused, running, waiting] = await start(setup(), setup(), setup())
    await service['runs.pause'](key(paused!))
    await studio.until(running!.id, ({ step }) => step > 60)
    await studio.close()
    const again = await opened(healthy(), tiny)
    const before = studio.of('run').findLast(({ id }) => id === running!.id)!.step
    await again.studio.until(running!.id, ({ step }) => step > before)
    expect(await queueOf(again.studio)).toEqual(['Run 1 paused', 'Run 2 running', 'Run 3 queued'])
    // It went on from a snapshot, not from the beginning.
    const first = again.studio.of('run.metrics').find(({ run }) => run === running!.id)!
    expect(first.rows[0]!.step).toBeGreaterThan(25)
    await again.service['runs.stop'](key(running!))
    await again.studio.untilState(waiting!.id, 'running')
    await again.service['runs.resume'](key(paused!))
    await again.service['runs.stop'](key(waiting!))
    await again.studio.untilState(paused!.id, 'running')
  })

  test('gives a run up whose engine falls again and again, and goes on', async () => {
    const { studio, start, setup } = await opened(fakeEngine((_, step) => (step <= 2 ? 'exit' : undefined)))
    const [poison, next] = await start(setup(), setup())
    const failed = await studio.untilState(poison!.id, 'failed')
    expect(failed.failure).toMatchObject({ code: 'device', message: expect.stringContaining('put aside') })
    expect(failed.notices.length).toBeGreaterThan(0)
    await studio.untilState(next!.id, 'running')
  })

  test('of a home that another program has open is that program’s', async () => {
    const { studio, tiny, start, setup, project } = await opened()
    const [run] = await start(setup(), setup())
    await studio.until(run!.id, ({ step }) => step > 5)
    const other = await studioOf(tiny.home, healthy())
    expect(await queueOf(other)).toEqual([])
    expect((await other.service['projects.open']({ project })).readOnly).toContain('open in another Mien')
    await expect(
      other.service['runs.start']({ project, runs: [{ name: 'Mine', setup: setup() }] }),
    ).rejects.toThrow('another Mien')
    await stepsFrom(studio, run!, 5)
    expect(await queueOf(studio)).toHaveLength(2)
  })

  test('is not copied with a project', async () => {
    const { studio, service, start, setup, project, home } = await opened()
    const [run] = await start(setup(), setup())
    await studio.until(run!.id, ({ step }) => step > 30)
    const [copy] = await service['projects.duplicate']({ projects: [project] })
    const { runs } = await service['projects.open']({ project: copy!.id })
    expect(runs.map(({ state }) => state)).toEqual(['stopped', 'stopped'])
    await studio.close()
    const store = createProjectStore({ folder: join(home, 'projects'), bin: join(home, 'bin') })
    expect(await store.runs(copy!.id)).toHaveLength(2)
  })
})
