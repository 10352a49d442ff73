import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { relativeGap } from '../../src/engine/tensor.ts'
import { isHeld, takeLock } from '../../src/node/projects/project-lock.ts'
import { readLatent } from '../../src/node/runs/kinds/projection/latent-file.ts'
import { steerIdle } from '../../src/node/runs/kinds/projection/projection.ts'
import { recordVersion } from '../../src/node/runs/record/record.ts'
import { openRecord } from '../../src/node/runs/record/record-file.ts'
import { resumeRun } from '../../src/node/runs/run.ts'
import { mien } from '../cli/mien.ts'
import { importInto, studioOf, type TinyHome, tinyHome } from '../crash/studio-home.ts'
import { engine, temporaryFolder, tiny64 } from '../crash/tiny-run.ts'
import { full } from '../full.ts'

const root = join(import.meta.dirname, '..', '..')
const golden = join(import.meta.dirname, 'runs')
const states = readdirSync(golden)
  .filter((name) => /^v\d+$/.test(name))
  .sort()

/** Lays a golden run, or a project with some, into a folder. */
function laid(state: string, name: string, folder = join(temporaryFolder(), name)): string {
  cpSync(join(golden, state, name), folder, { recursive: true })
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.json')) continue
    const path = join(entry.parentPath, entry.name)
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('ROOT', root))
  }
  return folder
}

/** A home with the networks that the golden projects were searched with. */
async function goldenHome(): Promise<TinyHome> {
  const tiny = await tinyHome()
  const models = join(tiny.home, 'models')
  rmSync(join(models, 'fan'), { recursive: true })
  await importInto(models, [join(tiny64, 'fan.pth')])
  return tiny
}

const latentIn = (folder: string) => readLatent(join(folder, 'projected_w.npz'))

describe.each(states)('a run of state %s', (state) => {
  const commands = readdirSync(join(golden, state)).filter((name) => name !== 'Tiny.mien')

  test.each(['stopped', 'killed'])('that was %s goes on to the end of the one that was not', async (name) => {
    const folder = laid(state, name)
    const run = await resumeRun(engine, folder)
    expect((await run.finished).outcome).toMatchObject({ steps: 60, stopped: false })
    const [latent, whole] = [await latentIn(folder), await latentIn(join(golden, state, 'done'))]
    // To the bit on one machine; the golden one may have rounded otherwise.
    expect(relativeGap(latent.data, whole.data)).toBeLessThan(1e-3)
  })

  test('of the command line has one record, that is written with its next change', async () => {
    const folder = laid(state, 'photograph')
    const { now } = (await openRecord(folder))!
    expect(now).toMatchObject({
      ...{
        version: recordVersion,
        kind: 'projection',
        name: 'look + expression',
        state: 'stopped',
      },
      ...{
        device: 'cpu',
        resumable: true,
        identity: expect.closeTo(0.66, 1),
        terms: { colour: expect.any(Number) },
      },
      setup: {
        look: 'look',
        models: { generator: 'mien-portraits-256' },
        settings: { live: false, landmarkMask: 1 },
      },
      order: {
        look: { name: 'look.jpg', alignment: {} },
        files: { perceptual: [{ id: 'mien-portraits-256' }] },
        likeness: { ofPhotographs: true, pasteBack: true, aim: 'landmarks' },
      },
      result: {
        ...{ mien: '0.1.0', precision: 'float32', likeness: { kind: 'warp' } },
        alignment: { look: { faces: 2, points: expect.any(Array) } },
        modelHashes: { generator: [expect.any(String)] },
      },
    })
    expect(now.attempts.map(({ end }) => end)).toEqual([{ how: 'stopped' }])
    expect(now.pictures.map(({ id, name }) => [id, name])).toEqual([
      ['look', 'look.jpg'],
      ['landmarks', 'expression.jpg'],
    ])
    const done = (await openRecord(laid(state, 'done')))!
    expect(done.now).toMatchObject({ state: 'done', step: 60, steps: 60, resumable: false })
    expect(done.now.order!.files.perceptual).toHaveLength(2)
    const killed = (await openRecord(laid(state, 'killed')))!
    expect(killed.now).toMatchObject({ resumable: true, result: null, step: expect.any(Number) })
    expect(killed.now.step).toBeGreaterThanOrEqual(25)
    done.change((record) => ({ ...record, name: 'Renamed' }))
    await done.save()
    expect((await openRecord(done.folder))!.now).toEqual(done.now)
    const old = ['card.json', join('recovery', 'run.json')].map((name) => join(done.folder, name))
    expect(old.some((path) => existsSync(path))).toBe(false)
  })

  test('of a project goes on from the command line, unless another Mien has it open', async () => {
    const { home } = await goldenHome()
    const project = laid(state, 'Tiny.mien', join(home, 'projects', 'Golden.mien'))
    const folders = readdirSync(join(project, 'runs')).map((id) => join(project, 'runs', id))
    const records = await Promise.all(folders.map((folder) => openRecord(folder)))
    const done = records.find((record) => record?.now.name === 'Done')!.folder
    const lock = await takeLock(project, Date.now)
    const refused = await mien(['project', '--resume', done], { env: { MIEN_HOME: home } })
    expect({ ...refused, stdout: '' }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is open in another Mien'),
    })
    if (isHeld(lock)) await lock.release()
    await steerIdle((await openRecord(done))!, { kind: 'settle', after: 5 })
    const { code, stdout } = await mien(['project', '--resume', done, '--json'], { env: { MIEN_HOME: home } })
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, stopped: false })
    const { service } = await studioOf(home, engine)
    const id = (await service['projects.list']({})).find(({ runs }) => runs === 3)!.id
    const { runs } = await service['projects.open']({ project: id })
    expect(runs[0]).toMatchObject({ name: 'Done', state: 'done', step: JSON.parse(stdout).steps })
    expect(runs[0]!.step).toBeGreaterThan(60)
  })

  /** The golden project in a studio. */
  async function inStudio() {
    const { home } = await goldenHome()
    laid(state, 'Tiny.mien', join(home, 'projects', 'Golden.mien'))
    const studio = await studioOf(home, engine)
    const { service } = studio
    const project = (await service['projects.list']({})).find(({ runs }) => runs === 3)!.id
    const { runs } = await service['projects.open']({ project })
    const [done, stopped, waiting] = runs.map(({ id: run }) => ({ project, run }))
    return { studio, service, runs, done: done!, stopped: stopped!, waiting: waiting! }
  }

  test('is shown by the studio', async () => {
    const { service, runs, done } = await inStudio()
    expect(runs).toMatchObject([
      { name: 'Done', state: 'done', step: 60, steps: 60, device: 'cpu', parent: null, failure: null },
      { name: 'Stopped', state: 'stopped', starred: expect.any(Number) },
      { name: 'Waiting', state: 'stopped', step: 0, terms: null },
    ])
    const groupWeights = [0, 1, 1, 1, 1, 2, 2, 5, 5]
    expect(runs[1]!.setup.settings).toMatchObject({ groupWeights, live: true })
    expect(runs[0]!.setup.settings).toMatchObject({ live: false })
    expect((await service['runs.metrics']({ ...done, from: 0 })).rows).toHaveLength(60)
    const latent = { what: 'latent', format: 'npz' } as const
    expect((await service['runs.export']({ ...done, export: latent })).bytes.length).toBeGreaterThan(500)
  })

  // As runs of today's state do in all tests of the studio.
  test.runIf(full || state !== `v${recordVersion}`)(
    'goes on in the studio, and so does a branch of it',
    async () => {
      const { studio, service, runs, done, stopped, waiting } = await inStudio()
      const branch = await service['runs.branch']({ ...done, step: 25, name: 'Branch' })
      expect(branch).toMatchObject({ state: 'queued', parent: { run: done.run, step: 25 } })
      await studio.until(branch.id, ({ step }) => step > 30)
      await service['runs.stop']({ ...done, run: branch.id })
      for (const [key, from] of [
        [stopped, runs[1]!.step],
        [waiting, 0],
      ] as const) {
        await service['runs.resume'](key)
        const on = await studio.until(key.run, ({ step }) => step > from + 5)
        expect(on).toMatchObject({ state: 'running', failure: null })
        await service['runs.stop'](key)
        await studio.untilState(key.run, 'stopped')
      }
    },
  )

  // What a state changes in a record is read above; so each kind of run is opened in one state, unless all are.
  const opened = commands
    .filter((name) => name !== 'photograph')
    .filter((name) => full || (state === states.at(-1)) === ['done', 'installed'].includes(name))
  test.each(opened)('of the command line, %s, becomes a project', async (name) => {
    const { home } = await goldenHome()
    const { service, ...studio } = await studioOf(home, engine)
    const folder = laid(state, name)
    const zip = Object.fromEntries(
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => {
          const path = join(entry.parentPath, entry.name)
          return [`${name}/${relative(folder, path)}`, new Uint8Array(readFileSync(path))]
        }),
    )
    const { id, runs: count } = await service['projects.unpack']({
      name: `${name}.zip`,
      bytes: zipSync(zip),
    })
    expect(count).toBe(1)
    const { project, runs } = await service['projects.open']({ project: id })
    expect(project.name).toBe(name)
    expect(project.setup).toMatchObject({ look: 'look', landmarks: 'landmarks' })
    expect(project.pictures).toMatchObject([
      { id: 'look', name: 'look.png', width: 64, height: 64 },
      { id: 'landmarks', name: 'landmarks.png', width: 64, height: 64 },
    ])
    const shown = name === 'done' ? 'done' : 'stopped'
    expect(runs).toMatchObject([
      { name: 'look + landmarks', state: shown, setup: { look: 'look' }, parent: null, fixed: true },
    ])
    const key = { project: id, run: runs[0]!.id }
    expect((await service['runs.metrics']({ ...key, from: 0 })).rows.length).toBeGreaterThan(34)
    await expect(service['runs.more']({ ...key, steps: 5 })).rejects.toThrow('begun on the command line')
    if (name !== 'killed') {
      expect((await service['runs.show']({ ...key, what: 'result' }))!.image.length).toBeGreaterThan(100)
      const picture = { what: 'picture', format: 'png', settings: false } as const
      expect((await service['runs.export']({ ...key, export: picture })).bytes.length).toBeGreaterThan(100)
    }
    if (name === 'done') return
    // Of models that were files nobody knows what the library has of them; the search is begun anew with those.
    const isKnown = name === 'installed'
    await service['runs.resume'](key)
    const resumed = await studio.untilState(runs[0]!.id, 'done', 'failed')
    expect(resumed).toMatchObject(isKnown ? { state: 'done', step: 60 } : { failure: { code: 'mismatch' } })
    // Its setup is that of the one that was stopped.
    if (name === 'killed' && !full) return
    const setup = { ...runs[0]!.setup, settings: { ...runs[0]!.setup.settings, steps: 4 } }
    const [anew] = await service['runs.start']({ project: id, runs: [{ name: 'Anew', setup }] })
    expect((await studio.untilState(anew!.id, 'done', 'failed')).state).toBe('done')
  })
})
