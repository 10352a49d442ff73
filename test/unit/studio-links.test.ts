import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, symlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { CommandName, Parameters } from '../../src/shared/contract.ts'
import { fakeEngine } from '../crash/fake-engine.ts'
import { studioOf, type TinyHome, tinyHome } from '../crash/studio-home.ts'
import { temporaryFolder } from '../crash/tiny-run.ts'

const healthy = () => fakeEngine(() => undefined)

/** A home with a run that was stopped, with all that a run can leave. */
async function homeWithRun(): Promise<TinyHome & { readonly run: string; readonly step: number }> {
  const tiny = await tinyHome()
  const { project } = tiny
  const studio = await studioOf(tiny.home, healthy())
  const [run] = await studio.service['runs.start']({
    project,
    runs: [{ name: 'Mine', setup: tiny.setup() }],
  })
  await studio.until(run!.id, ({ step }) => step > 60)
  await studio.service['runs.stop']({ project, run: run!.id })
  await studio.untilState(run!.id, 'stopped')
  const history = await studio.service['runs.history']({ project, run: run!.id })
  await studio.close()
  return { ...tiny, run: run!.id, step: history.findLast(({ keyframe }) => keyframe)!.step }
}

/** Files and folders below a folder, with what they hold. */
async function contentsOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const whole = join(folder, path)
    found.set(path, lstatSync(whole).isFile() ? (await readFile(whole)).toString('base64') : 'folder')
  }
  return found
}

describe('a link below a run is followed by nothing', () => {
  test.each([
    '',
    'card.json',
    'metrics.ndjson',
    'proj.png',
    'history',
    'history/FIRST',
    'recovery',
    'recovery/run.json',
    'recovery/snapshot-0',
    'recovery/pictures',
    'recovery/pictures/FIRST',
  ])('runs/<id>/%s', async (name) => {
    const { home, project, run, step, setup } = await homeWithRun()
    const folder = join(home, 'projects', 'Tiny.mien', 'runs', run)
    const parent = join(folder, dirname(name))
    const path = name.endsWith('FIRST') ? join(parent, readdirSync(parent)[0]!) : join(folder, name)
    // Some are there only in runs that were turned.
    const outside = join(temporaryFolder(), 'outside')
    if (existsSync(path)) renameSync(path, outside)
    else mkdirSync(outside)
    symlinkSync(outside, path)
    const before = await contentsOf(dirname(outside))

    const studio = await studioOf(home, healthy())
    const { runs, damage } = await studio.service['projects.open']({ project })
    expect(runs).toEqual([])
    expect(damage).toEqual([expect.stringContaining('is a link or a device')])
    const one = { project, run }
    const asked: { readonly [C in CommandName]?: Parameters<C> } = {
      'runs.metrics': { ...one, from: 0 },
      'runs.history': one,
      'runs.moment': { ...one, step },
      'runs.show': { ...one, what: 'result' },
      'runs.export': { ...one, export: { what: 'picture', format: 'png' } as never },
      'runs.export-together': {
        project,
        export: { what: 'sheet', runs: [{ run, photograph: null }], settings: false, altered: false },
      },
      'runs.resume': one,
      'runs.more': { ...one, steps: 5 },
      'runs.steer': { ...one, change: { kind: 'group-weights', groupWeights: Array(9).fill(1) } },
      'runs.branch': { ...one, name: 'Branch', step },
      'runs.rename': { ...one, name: 'Renamed' },
      'runs.star': { ...one, starred: true },
      'runs.remove': one,
    }
    for (const [command, parameters] of Object.entries(asked)) {
      const call = studio.service[command as CommandName] as (parameters: unknown) => Promise<unknown>
      await expect(call(parameters), command).rejects.toMatchObject({ code: 'wrong-use' })
    }
    const { bytes } = await studio.service['projects.pack']({ project })
    expect(Buffer.from(bytes).includes('outside')).toBe(false)
    await studio.service['projects.duplicate']({ projects: [project] })
    // What is beside it works on.
    const [other] = await studio.service['runs.start']({ project, runs: [{ name: 'Other', setup: setup() }] })
    await studio.until(other!.id, ({ step }) => step > 3)
    await studio.close()
    expect(await contentsOf(dirname(outside))).toEqual(before)
  })

  test('runs', async () => {
    const { home, project, setup } = await homeWithRun()
    const outside = join(temporaryFolder(), 'outside')
    renameSync(join(home, 'projects', 'Tiny.mien', 'runs'), outside)
    symlinkSync(outside, join(home, 'projects', 'Tiny.mien', 'runs'))
    const before = await contentsOf(outside)
    const studio = await studioOf(home, healthy())
    const { runs, damage } = await studio.service['projects.open']({ project })
    expect(runs).toEqual([])
    expect(damage).toHaveLength(1)
    const start = studio.service['runs.start']({ project, runs: [{ name: 'Mine', setup: setup() }] })
    await expect(start).rejects.toMatchObject({ code: 'bad-file' })
    await studio.close()
    expect(await contentsOf(outside)).toEqual(before)
  })
})
