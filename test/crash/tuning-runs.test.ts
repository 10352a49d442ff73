import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { floatTensor } from '../../src/engine/tensor.ts'
import { startEngine } from '../../src/node/engine/client.ts'
import { resumeTuningRun, startTuningRun, type TuningOrder } from '../../src/node/runs/tuning-run.ts'
import { full } from '../full.ts'
import { fixtureArray } from '../golden/stored.ts'
import { photograph, photographOrder, tunedAsPack, tuningSteps } from './photographs.ts'
import { searchedHome } from './searched-home.ts'
import { projectFolder, studioOf } from './studio-home.ts'
import { engine, recordIn, temporaryFolder, watched } from './tiny-run.ts'

/** The step of a tuning, its search included, at which it begins to learn. */
const learning = tuningSteps.own

const latents = fixtureArray('tiny64/weight_gradients.npz', 'latent')
const wDim = latents.shape.at(-1)!
const latent = floatTensor([1, 1, wDim], latents.data.slice(0, wDim))

let order: (folder: string) => TuningOrder
beforeAll(async () => {
  const look = photograph('sample3.jpg', {})
  const { files: networks, settings } = photographOrder('', false)
  const files = tunedAsPack(networks)
  const client = startEngine(engine)
  const { image: square, alignment } = await client.start('align', { picture: look, size: 64 }).outcome
  client.close()
  const execution = { provider: 'cpu', threads: 1 } as const
  const points = alignment.points!
  order = (folder) => ({
    ...{ folder, look, square, alignment: { ...alignment, points }, files, execution, settings },
  })
})

const results = ['generator_tuned.safetensors', 'own_w.npz', 'projected_w.npz', 'proj.png']
const resultIn = (folder: string) => results.map((name) => readFileSync(join(folder, name)))
const at = (step: number, act: () => void) => ({
  tuning: (told: { readonly step: number }) => {
    if (told.step === step) act()
  },
})

describe('a generator that is taught a look', () => {
  let untouched: readonly Buffer[]
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mien-crash-'))
    // Of an earlier run, whose results this one replaces.
    for (const name of ['noise.npz', 'proj.mp4', 'generator_tuned.safetensors'])
      writeFileSync(join(folder, name), 'before')
    const run = await startTuningRun(engine, order(folder))
    const { outcome, files, taught, figures } = await run.finished
    expect(outcome).toMatchObject({ stopped: false, terms: null, steps: learning + tuningSteps.learning })
    expect({ taught, figures }).toEqual({
      taught: tuningSteps.learning,
      figures: { identity: expect.any(Number), landmarks: expect.any(Number) },
    })
    const written = ['history', ...results, 'movement.npz', 'run.json', 'target_look.png']
    expect(readdirSync(folder).sort()).toEqual(written.sort())
    expect(Object.values(files).every((path) => existsSync(path))).toBe(true)
    const { now } = await recordIn(folder)
    expect(now).toMatchObject({
      kind: 'tuning',
      state: 'done',
      step: learning + tuningSteps.learning,
      name: 'sample3',
    })
    expect(now.attempts).toMatchObject([{ end: { how: 'done' } }])
    await expect(resumeTuningRun(engine, folder)).rejects.toThrow('holds a run that is over')
    untouched = resultIn(folder)
    // The own latent is that of the result, too.
    expect(untouched[1]).toEqual(untouched[2])
    rmSync(folder, { recursive: true })
  })

  test('is the same to the bit where its engine is lost once and once more, and where it is stopped', {
    timeout: 240_000,
  }, async () => {
    const folder = temporaryFolder()
    const spawn = watched(engine)
    const notices: string[] = []
    const run = await startTuningRun(spawn, order(folder), {
      ...at(learning + 40, () => spawn.processes.at(-1)!.kill()),
      notice: (sentence) => notices.push(sentence),
    })
    await expect(run.finished).rejects.toThrow(expect.objectContaining({ code: 'device' }))
    // It went on by itself once.
    expect(spawn.processes.length).toBe(2)
    expect(notices).toEqual([expect.stringMatching(/\. Going on from step (12|25|37|50)\.$/)])
    expect((await recordIn(folder)).now).toMatchObject({
      state: 'failed',
      attempts: [{ end: { how: 'failed' } }],
    })
    const steps: number[] = []
    const on = await resumeTuningRun(engine, folder, {
      tuning({ step }) {
        steps.push(step)
        if (step === learning + 52) on.stop()
      },
    })
    expect((await on.finished).outcome.stopped).toBe(true)
    expect(steps[0]).toBeGreaterThan(learning)
    expect((await recordIn(folder)).now).toMatchObject({
      state: 'stopped',
      attempts: [{}, { end: { how: 'stopped' } }],
    })
    expect(resultIn(folder)[0]).not.toEqual(untouched[0])
    const last = await resumeTuningRun(engine, folder)
    expect((await last.finished).outcome.stopped).toBe(false)
    expect(resultIn(folder)).toEqual(untouched)
  })

  test('leaves no trace where it is stopped before, nor takes anything from an earlier run', async () => {
    const parent = temporaryFolder()
    const stopped = async (folder: string) => {
      const run = await startTuningRun(
        engine,
        order(folder),
        at(2, () => run.stop()),
      )
      await expect(run.finished).rejects.toThrow(expect.objectContaining({ code: 'stopped' }))
    }
    await stopped(join(parent, 'new'))
    expect(readdirSync(parent)).toEqual([])
    for (const name of ['run.json', 'target_look.png', 'proj.png']) writeFileSync(join(parent, name), name)
    await stopped(parent)
    expect(readdirSync(parent).sort()).toEqual(['proj.png', 'run.json', 'target_look.png'])
    expect(readFileSync(join(parent, 'target_look.png'), 'utf8')).toBe('target_look.png')
  })
})

test('a generator that is taught the way to a latent, too, keeps that and what it was aimed at', async () => {
  const folder = temporaryFolder()
  const run = await startTuningRun(
    engine,
    { ...order(folder), latent },
    at(learning + 10, () => run.stop()),
  )
  const { outcome } = await run.finished
  const { now } = await recordIn(folder)
  expect(now.lesson).toMatchObject({ target: 'drawn', mouths: [], threads: 1 })
  // Another face than the look's: its landmarks go somewhere.
  const gaps = Array.from(outcome.points, (place, i) => Math.abs(place - now.points.look![i]!))
  expect(Math.max(...gaps)).toBeGreaterThan(0.005)
  const [, own, given] = resultIn(folder)
  expect(own).not.toEqual(given)
  await opensInStudio(folder)
  const other = { ...order(temporaryFolder()), latent: floatTensor([1, 1, 3], [0, 0, 0]) }
  const refused = await startTuningRun(engine, other)
  await expect(refused.finished).rejects.toThrow(expect.objectContaining({ code: 'mismatch' }))
  expect(readdirSync(other.folder)).toEqual([])
})

/** As a dropped folder comes to the studio. */
async function opensInStudio(folder: string): Promise<void> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const files = paths.filter((path) => statSync(join(folder, path)).isFile())
  const bytes = zipSync(Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path))])))
  const { service } = await studioOf(temporaryFolder(), engine)
  const { id } = await service['projects.unpack']({ name: 'way.zip', bytes })
  const { runs, project } = await service['projects.open']({ project: id })
  expect(runs).toMatchObject([{ kind: 'tuning', fixed: true, state: 'stopped', terms: null }])
  expect(project.pictures).toMatchObject([{ name: 'sample3.jpg', alignment: { by: 'hand' } }])
  const key = { project: id, run: runs[0]!.id }
  expect(await service['runs.show']({ ...key, what: 'result' })).not.toBeNull()
  const generator = await service['runs.export']({ ...key, export: { what: 'generator' } })
  expect(generator.name).toBe('way - sample3 - generator.safetensors')
}

test('a tuning of the studio goes on from the command line, unless the studio has its project', async () => {
  const { home, project, search, orderOf } = await searchedHome()
  // Where the command line looks for the generator.
  vi.stubEnv('MIEN_HOME', home)
  onTestFinished(() => void vi.unstubAllEnvs())
  const studio = await studioOf(home, engine)
  const order = orderOf(Array(9).fill(1))
  const { id } = await studio.service['runs.tune']({ project, run: search.id, name: 'Tuned', order })
  const folder = join(projectFolder(home, project), 'runs', id)
  const snapshots = join(folder, 'recovery', 'tuning')
  await studio.until(id, () => existsSync(snapshots) && readdirSync(snapshots).length > 0)
  await expect(resumeTuningRun(engine, folder)).rejects.toThrow('is open in another Mien')
  await studio.close()
  const copy = temporaryFolder()
  cpSync(folder, copy, { recursive: true })
  rmSync(join(copy, 'recovery', 'tuning'), { recursive: true })

  const steps: number[] = []
  const on = await resumeTuningRun(engine, folder, { tuning: ({ step }) => steps.push(step) })
  const { outcome } = await on.finished
  expect(steps[0]).toBeGreaterThan(learning)
  expect(outcome.terms).toEqual(search.terms)
  expect((await recordIn(folder)).now).toMatchObject({ kind: 'tuning', state: 'done' })
  // What it was given with stays.
  expect(existsSync(join(folder, 'noise.npz'))).toBe(true)
  if (!full) return
  // From the beginning, in one go.
  await (await resumeTuningRun(engine, copy)).finished
  expect(resultIn(folder)).toEqual(resultIn(copy))
})
