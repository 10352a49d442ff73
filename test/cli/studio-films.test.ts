import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { usualFilm } from '../../src/engine/motion/film-targets.ts'
import { startEngine } from '../../src/node/engine/client.ts'
import { forkEntry } from '../../src/node/engine/fork.ts'
import { shortJobs } from '../../src/node/engine/short-jobs.ts'
import { createProjectStore } from '../../src/node/projects/library.ts'
import { pictureViewer } from '../../src/node/projects/picture-viewer.ts'
import { driverCommands } from '../../src/node/studio/driver-commands.ts'
import { driverMaker } from '../../src/node/studio/driver-making.ts'
import { filmCommands } from '../../src/node/studio/film-commands.ts'
import { filmPlanner } from '../../src/node/studio/film-plans.ts'
import { pictureCommands } from '../../src/node/studio/picture-commands.ts'
import { driverOpener } from '../../src/node/studio/project-drivers.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import type { FilmOrder } from '../../src/shared/film.ts'
import { photographs } from '../golden/face-api.ts'

const entry = join(import.meta.dirname, '..', '..', 'dist', 'node', 'worker', 'entry.js')
const home = mkdtempSync(join(tmpdir(), 'mien-films-'))
const projects = createProjectStore({ folder: join(home, 'projects'), bin: join(home, 'bin') })
const emit = () => undefined
const jobs = shortJobs(() => startEngine(() => forkEntry(entry)))
const askEngine = jobs.ask
const viewer = pictureViewer({ projects, askEngine })
const opener = driverOpener(projects)
const planner = filmPlanner(opener)
const maker = driverMaker({ projects, emit, startEngine: () => startEngine(() => forkEntry(entry)) })
const drivers = driverCommands({ projects, maker, opener, emit })
const films = filmCommands({ projects, planner, askEngine })
const pictures = pictureCommands({
  ...{ projects, askEngine, viewer, emit, library: home },
  runsOf: async () => [],
})

let project: string
/** A photograph, and a wall. */
let look: string
let wall: string
const given: Record<'smile' | 'wink', string> = { smile: '', wink: '' }
beforeAll(async () => {
  project = (await projects.create('Anna', emptySetup())).id
  await projects.open(project)
  const small = await sharp(readFileSync(photographs[4]!)).resize(640).png().toBuffer()
  const grey = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#888' } })
    .png()
    .toBuffer()
  const add = async (name: string, bytes: Uint8Array) =>
    (await pictures['pictures.add']({ project, name, bytes })).id
  look = await add('look.png', small)
  wall = await add('wall.png', grey)
  for (const template of ['smile', 'wink'] as const) {
    given[template] = (await drivers['drivers.template']({ project, template })).id
  }
})
afterAll(async () => {
  jobs.close()
  await projects.dispose()
  rmSync(home, { recursive: true, force: true })
})

const order = (more: Partial<FilmOrder> = {}): FilmOrder => ({
  ...{ look, driver: given.smile },
  film: { ...usualFilm, follows: [...usualFilm.follows] },
  ...more,
})
const show = (frame: number, more: Partial<FilmOrder> = {}) =>
  films['films.show']({ project, order: order(more), frame, form: 'square', size: 256 })
const pixels = (bytes: Uint8Array) => sharp(bytes).raw().toBuffer()

/** The mean difference of two pictures, in levels of 255, from one row to before another. */
function difference(a: Buffer, b: Buffer, from = 0, to = 256): number {
  const [start, end] = [from * 256 * 3, to * 256 * 3]
  return (
    a.subarray(start, end).reduce((sum, value, i) => sum + Math.abs(value - b[start + i]!), 0) / (end - start)
  )
}

describe('a film of a photograph', () => {
  test('shows another picture in another frame, and the same in the same', async () => {
    const rest = await pixels((await show(0))!.image)
    const smiling = await pixels((await show(35))!.image)
    expect(rest.length).toBe(256 * 256 * 3)
    // The mouth lies in the lower third of the square.
    expect(difference(rest, smiling, 150, 200)).toBeGreaterThan(2)
    expect(difference(rest, smiling, 0, 40)).toBeLessThan(difference(rest, smiling, 150, 200) / 3)
    expect(await pixels((await show(0))!.image)).toEqual(rest)
  })

  test('has the landmarks that it is aimed at', async () => {
    const { points } = await films['films.targets']({ project, order: order() })
    const numbers = new Float32Array(points!.slice().buffer)
    expect(numbers.length).toBe(75 * 136)
    const cornerOf = (frame: number) => numbers[136 * frame + 2 * 48 + 1]!
    expect(cornerOf(0) - cornerOf(35)).toBeGreaterThan(0.02)
    const still = { ...order().film, expression: 0, pose: 0 }
    const { points: same } = await films['films.targets']({ project, order: order({ film: still }) })
    const resting = new Float32Array(same!.slice().buffer)
    expect(resting.slice(136, 272)).toEqual(resting.slice(0, 136))
  })

  test('can be whole', async () => {
    const wish = { project, order: order(), frame: 30, form: 'whole', size: 320 } as const
    const { width } = await sharp((await films['films.show'](wish))!.image).metadata()
    expect(width).toBe(320)
  })

  test('of which many frames are asked for at once shows the first and the last', async () => {
    const asked = [3, 6, 9, 12, 15].map((frame) =>
      show(frame)
        .then(() => 'shown')
        .catch(({ code }) => code),
    )
    expect(await Promise.all(asked)).toEqual(['shown', 'stopped', 'stopped', 'stopped', 'shown'])
  })

  test('is none where the look has no face, and has no frames beyond its driver', async () => {
    expect(await show(0, { look: wall })).toBeNull()
    expect(await films['films.targets']({ project, order: order({ look: wall }) })).toEqual({ points: null })
    await expect(show(75)).rejects.toMatchObject({ code: 'wrong-use' })
    await expect(show(0, { driver: 'another' })).rejects.toMatchObject({ code: 'wrong-use' })
  })
})
