import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { coverOrder } from '../../src/node/service/runs/cover.ts'
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
  const look = await cover()
  expect(look).not.toBeNull()
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
