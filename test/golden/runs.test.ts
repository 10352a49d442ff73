import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { relativeGap } from '../../src/engine/tensor.ts'
import { readLatent } from '../../src/node/runs/kinds/projection/array-files.ts'
import { resumeProjection } from '../../src/node/runs/kinds/projection/projection.ts'
import { studioOf, tinyHome } from '../crash/studio-home.ts'
import { engine, temporaryFolder } from '../crash/tiny-run.ts'

const root = join(import.meta.dirname, '..', '..')
const golden = join(import.meta.dirname, 'runs')
const states = readdirSync(golden).filter((name) => /^v\d+$/.test(name))

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

const latentIn = (folder: string) => readLatent(join(folder, 'projected_w.npz'))

describe.each(states)('a run of state %s', (state) => {
  test.each(['stopped', 'killed'])('that was %s goes on to the end of the one that was not', async (name) => {
    const folder = laid(state, name)
    const run = await resumeProjection(engine, folder)
    expect((await run.finished).outcome).toMatchObject({ steps: 60, stopped: false })
    const [latent, whole] = [await latentIn(folder), await latentIn(join(golden, state, 'done'))]
    // To the bit on one machine; the golden one may have rounded otherwise.
    expect(relativeGap(latent.data, whole.data)).toBeLessThan(1e-3)
  })

  test('is shown by the studio, and goes on there', async () => {
    const { home } = await tinyHome()
    laid(state, 'Tiny.mien', join(home, 'projects', 'Golden.mien'))
    const studio = await studioOf(home, engine)
    const { service } = studio
    const project = (await service['projects.list']({})).find(({ runs }) => runs === 3)!.id
    const { runs } = await service['projects.open']({ project })
    expect(runs).toMatchObject([
      { name: 'Done', state: 'done', step: 60, steps: 60, device: 'cpu', parent: null, failure: null },
      { name: 'Stopped', state: 'stopped', starred: expect.any(Number) },
      { name: 'Waiting', state: 'stopped', step: 0, terms: null },
    ])
    const groupWeights = [0, 1, 1, 1, 1, 2, 2, 5, 5]
    expect(runs[1]!.setup.settings).toMatchObject({ groupWeights, live: true })
    expect(runs[0]!.setup.settings).toMatchObject({ live: false })
    const [done, stopped, waiting] = runs.map(({ id: run }) => ({ project, run }))
    expect((await service['runs.metrics']({ ...done!, from: 0 })).rows).toHaveLength(60)
    const latent = { what: 'latent', format: 'npz' } as const
    expect((await service['runs.export']({ ...done!, export: latent })).bytes.length).toBeGreaterThan(500)
    const branch = await service['runs.branch']({ ...done!, step: 25, name: 'Branch' })
    expect(branch).toMatchObject({ state: 'queued', parent: { run: done!.run, step: 25 } })
    await studio.until(branch.id, ({ step }) => step > 30)
    await service['runs.stop']({ project, run: branch.id })
    for (const [key, from] of [
      [stopped!, runs[1]!.step],
      [waiting!, 0],
    ] as const) {
      await service['runs.resume'](key)
      const on = await studio.until(key.run, ({ step }) => step > from + 5)
      expect(on).toMatchObject({ state: 'running', failure: null })
      await service['runs.stop'](key)
      await studio.untilState(key.run, 'stopped')
    }
  })
})
