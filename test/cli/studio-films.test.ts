import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { unzipSync } from 'fflate'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { photographTargets } from '../../src/engine/motion/film-targets.ts'
import { openClip } from '../../src/node/clips/clip.ts'
import { startEngine } from '../../src/node/engine/client.ts'
import { forkEntry } from '../../src/node/engine/fork.ts'
import { shortJobs } from '../../src/node/engine/short-jobs.ts'
import { loadShapeModel } from '../../src/node/models/shape-model.ts'
import { createProjectStore } from '../../src/node/projects/library.ts'
import { pictureViewer } from '../../src/node/projects/picture-viewer.ts'
import { driverCommands } from '../../src/node/studio/driver-commands.ts'
import { driverMaker } from '../../src/node/studio/driver-making.ts'
import { driverTracking } from '../../src/node/studio/driver-tracking.ts'
import { filmCommands } from '../../src/node/studio/film-commands.ts'
import { filmExports } from '../../src/node/studio/film-export.ts'
import { filmPlanner } from '../../src/node/studio/film-plans.ts'
import { faceIn, photographMaker } from '../../src/node/studio/likeness-commands.ts'
import { pictureCommands } from '../../src/node/studio/picture-commands.ts'
import { driverOpener } from '../../src/node/studio/project-drivers.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import type { DrivingClip } from '../../src/shared/driver.ts'
import type { EventName } from '../../src/shared/events.ts'
import type { FilmExport, FilmOrder, FilmView } from '../../src/shared/film.ts'
import { usualFilmSettings } from '../../src/shared/film-settings.ts'
import { countedSound, soundIn, withSound } from '../clips/drawn-sound.ts'
import { codedInH264 } from '../clips/drawn-video.ts'
import { photographs } from '../golden/face-api.ts'
import { hasChromium } from '../web/studio.ts'
import { pannedPhotograph, pannedSize } from './panned-photograph.ts'

const entry = join(import.meta.dirname, '..', '..', 'dist', 'node', 'worker', 'entry.js')
const home = mkdtempSync(join(tmpdir(), 'mien-films-'))
const projects = createProjectStore({ folder: join(home, 'projects'), bin: join(home, 'bin') })
const told: { readonly name: EventName; readonly data: unknown }[] = []
const emit = (name: EventName, data: unknown) => told.push({ name, data })
const jobs = shortJobs(() => startEngine(() => forkEntry(entry)))
const askEngine = jobs.ask
const viewer = pictureViewer({ projects, askEngine })
const opener = driverOpener(projects)
const planner = filmPlanner(opener)
const spawn = () => forkEntry(entry)
const maker = driverMaker({ projects, emit, startEngine: () => startEngine(spawn) })
const drivers = driverCommands({ projects, maker, opener, emit })
/** Films that are drawn have tests of their own. */
const searches = { find: async () => undefined }
const films = filmCommands({
  ...{ projects, planner, searches, askEngine, library: home },
  photographs: photographMaker({ projects, askEngine, resultOf: async () => null }),
})
const uploads = {
  uploadPath: async (upload: string) => join(home, upload),
  releaseUpload: async (upload: string) => rmSync(join(home, upload), { force: true }),
}
const { commands: following } = driverTracking({ maker, emit, ...uploads })
const { commands: files } = filmExports({
  ...{ projects, planner, searches, library: home, spawn, emit },
  ...uploads,
})
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
  film: usualFilmSettings,
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
    const faces = (await films['films.targets']({ project, order: order() }))!
    const numbers = new Float32Array(faces.points.slice().buffer)
    expect(faces.axes.byteLength).toBe(75 * 6 * 4)
    expect(numbers.length).toBe(75 * 136)
    const cornerOf = (frame: number) => numbers[136 * frame + 2 * 48 + 1]!
    expect(cornerOf(0) - cornerOf(35)).toBeGreaterThan(0.012)
    const { motion } = await opener.open(await projects.read(project), given.smile)
    const own = faceIn((await projects.read(project)).pictures.find(({ id }) => id === look)!)!
    const expected = photographTargets(await loadShapeModel(), own, motion, order().film)
    expect(numbers.subarray(136 * 35, 136 * 36)).toEqual(expected[35])
    const still = { ...order().film, expression: 0, pose: 0 }
    const same = (await films['films.targets']({ project, order: order({ film: still }) }))!
    const resting = new Float32Array(same.points.slice().buffer)
    expect(resting.slice(136, 272)).toEqual(resting.slice(0, 136))
  })

  test('is moved where a landmark was dragged, in the frames about that one alone', async () => {
    const points = [{ index: 8, x: 0, y: 12, z: 0 }]
    const dragged = { film: { ...usualFilmSettings, keyFrames: [{ frame: 10, points }] } }
    const apart = async (frame: number) =>
      difference(await pixels((await show(frame))!.image), await pixels((await show(frame, dragged))!.image))
    expect(await apart(10)).toBeGreaterThan(0.2)
    expect(await apart(40)).toBe(0)
    // What is asked about landmarks is where they lie before.
    expect(await films['films.targets']({ project, order: order(dragged) })).toEqual(
      await films['films.targets']({ project, order: order() }),
    )
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
    expect(await films['films.targets']({ project, order: order({ look: wall }) })).toBeNull()
    await expect(show(75)).rejects.toMatchObject({ code: 'wrong-use' })
    await expect(show(0, { driver: 'another' })).rejects.toMatchObject({ code: 'wrong-use' })
  })
})

const wish = (more: Partial<FilmExport> = {}): FilmExport => ({
  ...{ format: 'gif', form: 'square', side: 256, range: [20, 32], loop: false, beside: false },
  ...{ sound: false, settings: false, altered: false },
  ...more,
})
const exported = (more: Partial<FilmExport> = {}, other: Partial<FilmOrder> = {}) =>
  files['films.export']({ project, order: order(other), export: wish(more) })

/** The clip of an exported film. */
async function clipOf({ name, bytes }: { readonly name: string; readonly bytes: Uint8Array }) {
  const path = join(home, name)
  writeFileSync(path, bytes)
  return openClip(path)
}

describe('a film as a file', () => {
  test('is a GIF whose frames differ, and tells how far it is', async () => {
    told.length = 0
    const file = await exported()
    expect(file).toMatchObject({ name: 'Anna - look - Smile.gif', type: 'image/gif' })
    const clip = await clipOf(file)
    expect(clip.facts).toMatchObject({ codec: 'gif', width: 256, height: 256, duration: 480 })
    const frames: Buffer[] = []
    for await (const { image } of clip.frames()) frames.push(Buffer.from(image.data))
    expect(frames).toHaveLength(12)
    expect(difference(frames[0]!, frames[11]!, 150, 200)).toBeGreaterThan(0.5)
    const progress = told.filter(({ name }) => name === 'film.progress')
    expect(progress).toHaveLength(12)
    expect(progress.at(-1)!.data).toEqual({ project, done: 1 })
  })

  test('is an MP4 at the own times of the driver or at another rate, and says that it is altered', async () => {
    const file = await exported({ format: 'mp4', altered: true, settings: true, form: 'whole', side: 512 })
    const { facts } = await clipOf(file)
    expect(facts).toMatchObject({ codec: 'avc', width: 512, missing: 0 })
    expect(facts.times.map((time) => time / facts.timescale)).toEqual(
      Array.from({ length: 12 }, (_, i) => i / 25),
    )
    expect(facts.duration / facts.timescale).toBeCloseTo(0.48, 6)
    const text = Buffer.from(file.bytes).toString('latin1')
    expect(text).toContain('compositeWithTrainedAlgorithmicMedia')
    expect(text).toContain('"driver":"Smile"')
    const slow = await clipOf(await exported({ format: 'mp4', rate: 12.5 }))
    expect(slow.facts.times).toHaveLength(6)
  })

  test.runIf(hasChromium)('is a WebM, which says that it is altered', async () => {
    const file = await exported({ format: 'webm', altered: true, range: [20, 24] })
    expect(file).toMatchObject({ name: 'Anna - look - Smile.webm', type: 'video/webm' })
    const { facts } = await clipOf(file)
    expect(facts).toMatchObject({ codec: 'vp9', width: 256, height: 256, times: [0, 40, 80, 120] })
    expect(Buffer.from(file.bytes).toString('latin1')).toContain('compositeWithTrainedAlgorithmicMedia')
  })

  test('stands beside its look where that is asked for, and fades into its beginning', async () => {
    const row = await clipOf(await exported({ beside: true, format: 'webp', range: [0, 30], loop: true }))
    // A motion without pictures has nothing to show.
    expect(row.facts.width).toBe(2 * row.facts.height)
    expect(row.facts.times).toHaveLength(20)
  })

  test('has the sound of its driver, kept or given again', async () => {
    const video = await codedInH264(8)
    const upload = async (name: string) =>
      writeFileSync(join(home, name), await withSound(video, countedSound('aac', 40)))
    const followed = async (kept: boolean) => {
      const clip: DrivingClip = {
        ...{ name: 'pan.mp4', codec: 'avc', ...pannedSize, rotation: 0, timescale: 30_000, count: 8 },
        ...{ end: 8 * 1001, missing: 0, face: 1, ...(kept && { upload: 'kept.mp4' }) },
      }
      const { driver } = await following['drivers.begin']({ project, clip })
      for (const [i, rgb] of (await pannedPhotograph(8)).entries()) {
        await following['drivers.frame']({ project, driver, time: 1001 * i, rgb })
      }
      return (await following['drivers.end']({ project, driver })).id
    }
    await upload('kept.mp4')
    const [kept, not] = [await followed(true), await followed(false)]
    const asked: Partial<FilmExport> = { format: 'mp4', sound: true, range: [2, 8] }
    const heard = async (file: Promise<{ readonly name: string; readonly bytes: Uint8Array }>) => {
      const { name, bytes } = await file
      writeFileSync(join(home, name), bytes)
      return (await soundIn(join(home, name)))!.packets
    }
    told.length = 0
    const packets = await heard(exported(asked, { driver: kept }))
    // 0.2 seconds, and what decoders need before.
    expect(packets.length).toBeGreaterThan(8)
    expect(packets.length).toBeLessThan(20)
    expect(told.filter(({ name }) => name === 'notice')).toEqual([])

    await expect(exported(asked, { driver: not })).rejects.toMatchObject({
      code: 'wrong-use',
      message: expect.stringContaining('has not kept pan.mp4'),
    })
    expect((await drivers['drivers.clip']({ project, driver: kept }))!.type).toBe('video/mp4')
    await upload('again.mp4')
    const again = await heard(exported({ ...asked, clip: 'again.mp4' }, { driver: not }))
    expect(again.map(({ data }) => Buffer.from(data))).toEqual(packets.map(({ data }) => Buffer.from(data)))
    expect(existsSync(join(home, 'again.mp4'))).toBe(false)

    const row = await clipOf(await exported({ beside: true, range: [0, 4] }, { driver: not }))
    expect(row.facts.width).toBe(3 * row.facts.height)
  })

  test('may be its frames, one picture each', async () => {
    const { bytes, type } = await exported({ format: 'png', range: [0, 3] })
    expect(type).toBe('application/zip')
    const names = Object.keys(unzipSync(bytes)).sort()
    expect(names).toEqual(['frame00001.png', 'frame00002.png', 'frame00003.png', 'times.json'])
  })

  test('is refused before a frame is made where its format has no room for all', async () => {
    const bytes = await sharp(readFileSync(photographs[4]!)).resize(1600).jpeg().toBuffer()
    const { id: large } = await pictures['pictures.add']({ project, name: 'large.jpg', bytes })
    const { side: _, range: __, ...whole } = wish({ form: 'whole' })
    told.length = 0
    const film = files['films.export']({ project, order: order({ look: large }), export: whole })
    await expect(film).rejects.toMatchObject({
      code: 'wrong-use',
      message: expect.stringMatching(/^The film is too long for a GIF: of 1600 x \d+ pixels it has room for/),
    })
    expect(told).toEqual([])
    const { form, loop, beside } = whole
    const fitting = (more: Partial<FilmView>) =>
      files['films.fitting']({
        project,
        ...{ order: order({ look: large }), view: { form, loop, beside, ...more } },
      })
    expect(await fitting({})).toEqual({ gif: 1024, webp: 1024 })
    expect(await fitting({ side: 2048, rate: 50 })).toEqual({ gif: 512, webp: 512 })
    expect(await fitting({ side: 1024 })).toEqual({ gif: 'asked', webp: 'asked' })
    expect(await fitting({ beside: true, rate: 50 })).toEqual({ gif: 'asked', webp: 'asked' })
    await expect(fitting({ range: [0, 1000] })).rejects.toMatchObject({ code: 'wrong-use' })
  })

  test('can be stopped, and is refused for frames that there are not', async () => {
    told.length = 0
    const stopped = exported({ range: [0, 75] }).catch(({ code }) => code)
    while (told.length < 3) await setTimeout(20)
    await files['films.stop']({ project })
    expect(await stopped).toBe('stopped')
    expect(told.length).toBeLessThan(60)
    await expect(exported({ range: [70, 80] })).rejects.toMatchObject({ code: 'wrong-use' })
    await expect(exported({}, { look: wall })).rejects.toMatchObject({ code: 'wrong-use' })
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`mien-film-${process.pid}-`))).toEqual([])
  })
})
