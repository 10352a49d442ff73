import { join } from 'node:path'
import sharp from 'sharp'
import { expect, onTestFinished, test } from 'vitest'
import { createProjectStore } from '../../src/node/projects/library.ts'
import { coverOrder, createCovers } from '../../src/node/runs/cover.ts'
import { projectCommands } from '../../src/node/studio/project-commands.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import { type Project, projectVersion } from '../../src/shared/project.ts'
import type { Run } from '../../src/shared/run.ts'
import type { Setup } from '../../src/shared/setup.ts'
import { fakeEngine } from '../crash/fake-engine.ts'
import { studioOf, tinyHome } from '../crash/studio-home.ts'
import { sampleRun } from './sample-run.ts'

const weights = { perceptual: 1, landmark: 0.1, noiseReg: 1 }
const terms = (perceptual: number, landmark = 0) => ({ perceptual, landmark, noiseReg: 9, loss: 0 })
const asked = (steps: number) => {
  const { setup } = sampleRun
  return { ...setup, settings: { ...setup.settings, steps } }
}
const ordered = (...runs: readonly Partial<Run>[]) =>
  coverOrder(
    runs.map((fields, i) => ({ ...sampleRun, setup: asked(100), created: i, id: `r${i}`, ...fields })),
    weights,
  ).map(({ id }) => id)

test('a run that only began stands behind one that came far, and one without a picture nowhere', () => {
  expect(ordered({ step: 60, terms: terms(5) }, { step: 1, terms: terms(1) }, { step: 0 })).toEqual([
    'r0',
    'r1',
  ])
})

test('of runs that came far the nearest to both pictures goes first, whatever it was asked', () => {
  const far = { step: 50, state: 'stopped' } as const
  expect(
    ordered(
      { ...far, terms: { ...terms(0.3, 9), loss: 0.1 } },
      { ...far, terms: { ...terms(0.4, 1), loss: 7 } },
      { step: 20, state: 'done', terms: terms(0.35, 1) },
    ),
  ).toEqual(['r2', 'r1', 'r0'])
})

test('of runs that did not come far the one with the most steps goes first, the newest of several', () => {
  expect(ordered({ step: 9 }, { step: 20, terms: terms(9) }, { step: 9, terms: terms(1) })).toEqual([
    'r1',
    'r2',
    'r0',
  ])
})

test('a star goes before all, the last before others', () => {
  const best = { step: 90, terms: terms(0.1) }
  expect(ordered(best, { step: 1, starred: 5 }, { step: 1, starred: 7 })).toEqual(['r2', 'r1', 'r0'])
})

/** A studio whose runs can be told by their pictures, which its engine draws alike. */
async function painted() {
  const tiny = await tinyHome()
  const { project, home } = tiny
  const studio = await studioOf(
    home,
    fakeEngine(() => undefined),
  )
  const { service } = studio
  await service['projects.open']({ project })
  return {
    ...{ project, studio, service, setup: tiny.setup },
    /** A run that was made of this setup, with its last picture painted over. */
    async run(setup: Setup, colour: string): Promise<string> {
      const [made] = await service['runs.start']({ project, runs: [{ name: colour, setup }] })
      const { id } = await studio.untilState(made!.id, 'done', 'failed')
      const last = join(home, 'projects', 'Tiny.mien', 'runs', id, 'history', '40.jpg')
      const create = { width: 64, height: 64, channels: 3, background: colour } as const
      await sharp({ create }).jpeg({ quality: 100 }).toFile(last)
      return id
    },
    async cover() {
      const { image } = await service['projects.thumbnail']({ project })
      if (image === null) return null
      const { channels } = await sharp(image).stats()
      return channels.map(({ mean }) => 50 * Math.floor(mean / 50))
    },
  }
}

const red = [250, 0, 0]
const blue = [0, 0, 250]

test('a run that was stopped after a few steps does not take the place of one that came far', async () => {
  const { project, studio, service, setup, run, cover } = await painted()
  await run(setup({ live: false }), '#ff0000')
  const [begun] = await service['runs.start']({
    project,
    runs: [{ name: 'New', setup: setup({ steps: 1000 }) }],
  })
  await studio.until(begun!.id, ({ step }) => step > 0)
  await service['runs.stop']({ project, run: begun!.id })
  await expect.poll(cover, { timeout: 10_000 }).toEqual(red)
})

test('the gallery shows the run that got its star last, and the look where no run is left', async () => {
  const { project, service, setup, run, cover } = await painted()
  const asked = setup({ live: false })
  await service['projects.set-up']({ project, setup: asked })
  await expect.poll(cover, { timeout: 10_000 }).not.toBeNull()
  const look = await cover()
  const first = await run(asked, '#ff0000')
  const second = await run(asked, '#0000ff')
  const star = (id: string, starred: boolean) => service['runs.star']({ project, run: id, starred })

  expect((await star(first, true)).starred).toBeGreaterThan(0)
  expect(await cover()).toEqual(red)
  await star(second, true)
  expect(await cover()).toEqual(blue)
  expect((await star(second, false)).starred).toBeUndefined()
  expect(await cover()).toEqual(red)
  const { runs } = await service['projects.open']({ project })
  expect(runs.map(({ id, starred }) => [id, starred !== undefined])).toEqual([
    [first, true],
    [second, false],
  ])

  await service['runs.remove']({ project, run: first })
  expect(await cover()).toEqual(blue)
  await service['runs.remove']({ project, run: second })
  expect(await cover()).toEqual(look)
})

const emptyProject: Project = {
  ...{ format: 'mien-project', version: projectVersion, id: 'p', name: 'Project', created: 0, modified: 0 },
  pictures: [],
  drivers: [],
  setup: emptySetup(),
}

test('a new setup is kept before anything is made of it', async () => {
  const { home, project, setup } = await tinyHome()
  const never = () => new Promise<never>(() => undefined)
  const projects = createProjectStore({ folder: join(home, 'projects'), bin: join(home, 'bin') })
  onTestFinished(projects.dispose)
  const commands = projectCommands({
    ...{ projects, newSetup: async () => emptySetup(), runsOf: async () => [], queued: async () => [] },
    askEngine: never,
    covers: { show: never, offer: never, idle: never },
    emit: () => undefined,
  })
  const kept = await commands['projects.set-up']({ project, setup: setup() })
  expect(kept.setup).toEqual(setup())
  expect((await projects.read(project)).setup).toEqual(setup())
})

/** Covers of projects whose photographs are made when the test says so; each is its setup's look. */
function developed() {
  const asked: { readonly look: string; develop(): void; spoil(): void }[] = []
  const put: string[] = []
  let look = 'first'
  const covers = createCovers({
    projects: {
      read: async (id) => ({ ...emptyProject, id, setup: { ...emptyProject.setup, look } }),
      runFolder: async () => '',
      setThumbnail: async (_, bytes) => void put.push(new TextDecoder().decode(bytes)),
    },
    store: { known: async () => [] },
    viewer: { thumbnail: async () => new Uint8Array(), thumbnailOf: async () => new Uint8Array() },
    photographs: {
      cover: ({ setup }) =>
        new Promise((resolve, reject) => {
          const { look } = setup as { look: string }
          const develop = () => resolve(new TextEncoder().encode(look))
          asked.push({ look, develop, spoil: () => reject(new Error('the engine fell')) })
        }),
    },
    emit: () => undefined,
  })
  const change = (to: string) => {
    look = to
    return covers.show('p')
  }
  return { asked, put, covers, change }
}

test('the photographs of looks that follow each other are made one after the other, those between left out', async () => {
  const { asked, put, covers, change } = developed()
  void change('first')
  await expect.poll(() => asked.length).toBe(1)
  void change('second')
  const last = change('third')
  asked[0]!.develop()
  await expect.poll(() => asked.length).toBe(2)
  asked[1]!.develop()
  await last
  await covers.idle()
  expect(asked.map(({ look }) => look)).toEqual(['first', 'third'])
  expect(put).toEqual(['first', 'third'])
})

test('a photograph that cannot be made leaves the one before, and the next is made', async () => {
  const { asked, put, change } = developed()
  const spoilt = change('first')
  await expect.poll(() => asked.length).toBe(1)
  asked[0]!.spoil()
  await spoilt
  expect(put).toEqual([])
  const next = change('second')
  await expect.poll(() => asked.length).toBe(2)
  asked[1]!.develop()
  await next
  expect(put).toEqual(['second'])
})
