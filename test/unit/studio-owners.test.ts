import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createProjectStore } from '../../src/node/projects/library.ts'
import {
  commandNames,
  contract,
  type Parameters,
  type ProjectWriter,
  writesToProject,
} from '../../src/shared/contract.ts'
import { fakeEngine } from '../crash/fake-engine.ts'
import { studioOf, tinyHome } from '../crash/studio-home.ts'

const writers = commandNames.filter(writesToProject)

/** Every file below a folder with the hash of what it holds. */
function contentsOf(folder: string): ReadonlyMap<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const files = paths.filter((path) => statSync(join(folder, path)).isFile())
  return new Map(
    files.map((path) => [
      path,
      createHash('sha256')
        .update(readFileSync(join(folder, path)))
        .digest('hex'),
    ]),
  )
}

/** The same once nothing is written any more: the picture for the gallery follows the end of a run. */
async function restingContentsOf(folder: string): Promise<ReadonlyMap<string, string>> {
  for (let before = contentsOf(folder); ; ) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    const now = contentsOf(folder)
    if (JSON.stringify([...now]) === JSON.stringify([...before])) return now
    before = now
  }
}

const drivingClip = {
  name: 'clip.mp4',
  codec: 'H.264',
  width: 2,
  height: 2,
  rotation: 0,
  timescale: 25,
  count: 1,
  end: 1,
  missing: 0,
  face: 1,
} as const

function likenessOrder({ look, landmarks }: { readonly look: string; readonly landmarks: string }) {
  const [sources, shares] = [Array<null>(9).fill(null), Array<number>(9).fill(1)]
  return {
    look,
    landmarks,
    sources,
    shares,
    points: [],
    eyes: 'look' as const,
    aim: 'landmarks' as const,
    run: null,
  }
}

describe('a project that another program owns', () => {
  test('is written to by no command of the contract', async () => {
    const { home, project, pictures, setup } = await tinyHome()
    const healthy = fakeEngine(() => undefined)
    const owner = await studioOf(home, healthy)
    const started = await owner.service['runs.start']({ project, runs: [{ name: 'Mine', setup: setup() }] })
    const run = started[0]!.id
    await owner.until(run, ({ step }) => step > 30)
    await owner.service['runs.stop']({ project, run })
    await owner.untilState(run, 'stopped')
    const step = (await owner.service['runs.history']({ project, run })).findLast(
      ({ keyframe }) => keyframe,
    )!.step
    const other = await studioOf(home, healthy)
    const before = await restingContentsOf(join(home, 'projects'))

    const picture = { project, picture: pictures.look }
    const one = { project, run }
    const driver = { project, driver: 'x' }
    const asked: { readonly [C in ProjectWriter]: Parameters<C> } = {
      'projects.rename': { project, name: 'Theirs' },
      'projects.set-up': { project, setup: setup() },
      'pictures.add': { project, name: 'x.png', bytes: readFileSync('test/fixtures/tiny64/look.png') },
      'pictures.align': { ...picture, alignment: { by: 'centre' } },
      'pictures.remove': picture,
      'drivers.begin': { project, clip: drivingClip },
      'drivers.frame': { ...driver, time: 0, rgb: new Uint8Array(12) },
      'drivers.end': driver,
      'drivers.cancel': driver,
      'drivers.open': { project, upload: 'x', name: 'Theirs' },
      'drivers.template': { project, template: 'smile' },
      'drivers.rename': { ...driver, name: 'Theirs' },
      'drivers.remove': driver,
      'films.search': { project, name: 'Theirs', setup: setup() },
      'runs.start': { project, runs: [{ name: 'Theirs', setup: setup() }] },
      'runs.pause': one,
      'runs.resume': one,
      'runs.stop': one,
      'runs.finish': one,
      'runs.more': { ...one, steps: 5 },
      'runs.steer': { ...one, change: { kind: 'group-weights', groupWeights: Array(9).fill(1) } },
      'runs.branch': { ...one, name: 'Theirs', step },
      'runs.tune': { ...one, name: 'Theirs', order: likenessOrder(pictures) },
      'runs.rename': { ...one, name: 'Theirs' },
      'runs.star': { ...one, starred: true },
      'runs.remove': one,
    }
    expect(Object.keys(asked).sort()).toEqual([...writers].sort())
    for (const name of writers) {
      const call = other.service[name] as (parameters: unknown) => Promise<unknown>
      await expect(call(asked[name]), name).rejects.toMatchObject({
        code: 'wrong-use',
        message: expect.stringContaining('open in another Mien'),
      })
    }
    expect(await restingContentsOf(join(home, 'projects'))).toEqual(before)
  })

  test('is not written to by the queue that its run waits in', async () => {
    const { home, project, setup } = await tinyHome()
    const earlier = await studioOf(
      home,
      fakeEngine(() => undefined),
    )
    const runs = [{ name: 'Mine', setup: setup({ steps: 100_000 }) }]
    const started = await earlier.service['runs.start']({ project, runs })
    await earlier.until(started[0]!.id, ({ step }) => step > 30)
    await earlier.close()
    // Another program has it open when this one comes back to its queue.
    const owner = createProjectStore({ folder: join(home, 'projects'), bin: join(home, 'bin') })
    onTestFinished(() => owner.dispose())
    expect((await owner.open(project)).readOnly).toBeNull()
    const before = await restingContentsOf(join(home, 'projects'))
    const later = await studioOf(
      home,
      fakeEngine(() => undefined),
    )
    const failed = await later.untilState(started[0]!.id, 'failed')
    expect(failed.failure?.message).toContain('open in another Mien')
    expect(await restingContentsOf(join(home, 'projects'))).toEqual(before)
  })

  test('is what a command that names one run or picture of it is about', () => {
    // A command that has effects of its own and names a project cannot be forgotten among those that write.
    const named = commandNames.filter((name) => {
      const { parameters } = contract[name]
      return 'entries' in parameters && 'project' in parameters.entries && !writesToProject(name)
    })
    expect(named.sort()).toEqual([
      'drivers.clip',
      'drivers.motion',
      'drivers.square',
      'drivers.timeline',
      'films.export',
      'films.fitting',
      'films.found',
      'films.latents',
      'films.show',
      'films.stop',
      'films.targets',
      'films.ways',
      'likeness.export',
      'likeness.show',
      'pictures.heat-maps',
      'pictures.show',
      'projects.close',
      'projects.open',
      'projects.pack',
      'projects.pack-size',
      'projects.thumbnail',
      'runs.export',
      'runs.export-together',
      'runs.heat-maps',
      'runs.history',
      'runs.metrics',
      'runs.moment',
      'runs.moved',
      'runs.show',
      'runs.stop-film',
    ])
  })
})

test('a project that nobody opened is let go once a command has written to it', async () => {
  const { home, project } = await tinyHome()
  const one = await studioOf(
    home,
    fakeEngine(() => undefined),
  )
  await one.service['projects.rename']({ project, name: 'Renamed' })
  const two = await studioOf(
    home,
    fakeEngine(() => undefined),
  )
  expect((await two.service['projects.open']({ project })).readOnly).toBeNull()
})
