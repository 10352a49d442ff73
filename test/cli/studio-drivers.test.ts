import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../../src/node/engine/client.ts'
import { forkEntry } from '../../src/node/engine/fork.ts'
import { createProjectStore } from '../../src/node/projects/library.ts'
import { driverCommands } from '../../src/node/studio/driver-commands.ts'
import { driverMaker } from '../../src/node/studio/driver-making.ts'
import { driverTracking } from '../../src/node/studio/driver-tracking.ts'
import { driverOpener } from '../../src/node/studio/project-drivers.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import type { DrivingClip, TemplateName } from '../../src/shared/driver.ts'
import type { EventName } from '../../src/shared/events.ts'
import { pannedPhotograph, pannedSize as size } from './panned-photograph.ts'

const entry = join(import.meta.dirname, '..', '..', 'dist', 'node', 'worker', 'entry.js')
const home = mkdtempSync(join(tmpdir(), 'mien-drivers-'))
const projects = createProjectStore({ folder: join(home, 'projects'), bin: join(home, 'bin') })
const told: { readonly name: EventName; readonly data: unknown }[] = []
const emit = (name: EventName, data: unknown) => told.push({ name, data })

/** Processes of engines that were started. */
const workers: ReturnType<typeof forkEntry>[] = []
const startOne = () => {
  workers.push(forkEntry(entry))
  return startEngine(() => workers.at(-1)!)
}

const maker = driverMaker({ projects, startEngine: startOne, emit })
const { commands: following, close } = driverTracking({
  ...{ maker, emit },
  uploadPath: async (upload) => join(home, upload),
  releaseUpload: async (upload) => rmSync(join(home, upload), { force: true }),
})
const drivers = driverCommands({ projects, maker, opener: driverOpener(projects), emit })

const facts: DrivingClip = {
  ...{ name: 'walk.mp4', codec: 'H.264', ...size, rotation: 0, timescale: 30_000 },
  ...{ count: 8, end: 8 * 1001, missing: 0, face: 1 },
}

let project: string
let frames: readonly Uint8Array[]
beforeAll(async () => {
  project = (await projects.create('Anna', emptySetup())).id
  await projects.open(project)
  frames = await pannedPhotograph(8)
})
afterEach(async () => {
  for (const { id } of (await projects.read(project)).drivers) {
    await drivers['drivers.remove']({ project, driver: id })
  }
  expect(leftovers()).toEqual([])
})
afterAll(async () => {
  await close()
  await projects.dispose()
  rmSync(home, { recursive: true, force: true })
})

const driversFolder = () => join(home, 'projects', 'Anna.mien', 'drivers')
const leftovers = () => (existsSync(driversFolder()) ? readdirSync(driversFolder()) : [])
const send = (driver: string, i: number, rgb = frames[i % frames.length]!) =>
  following['drivers.frame']({ project, driver, time: 1001 * i, rgb })

async function followed(clip: Partial<DrivingClip> = {}) {
  const { driver } = await following['drivers.begin']({ project, clip: { ...facts, ...clip } })
  for (let i = 0; i < frames.length; i++) expect(await send(driver, i)).toEqual({ wanted: true })
  return following['drivers.end']({ project, driver })
}

describe('frames that the window sends', () => {
  test('become a driver of the project', async () => {
    writeFileSync(join(home, 'upload'), 'the clip')
    const made = await followed({ upload: 'upload', missing: 30_000 })
    expect(made).toMatchObject({
      ...{ name: 'walk.mp4', frames: 8, squares: true },
      seconds: (8 * 1001) / 30_000,
      clip: { codec: 'H.264', ...size, missing: 1, kept: true },
    })
    expect((await projects.open(project)).damage).toEqual([])
    expect((await projects.read(project)).drivers).toEqual([made])
    expect(existsSync(join(home, 'upload'))).toBe(false)
    expect(told.filter(({ name }) => name === 'driver.progress').at(-1)).toEqual({
      name: 'driver.progress',
      data: { project, done: 1 },
    })

    const of = { project, driver: made.id }
    const { points, ...timeline } = await drivers['drivers.timeline'](of)
    expect(timeline).toEqual({
      ...{ timescale: 30_000, end: 8 * 1001, lost: [], cuts: [], segments: [{ start: 0, end: 8 }] },
      times: frames.map((_, i) => 1001 * i),
    })
    const numbers = new Float32Array(points.slice().buffer)
    expect(numbers.length).toBe(8 * 136)
    expect(Math.min(...numbers)).toBeGreaterThan(0)
    expect(Math.max(...numbers)).toBeLessThan(1)

    const { image } = await drivers['drivers.square']({ ...of, frame: 3 })
    expect(await sharp(image!).metadata()).toMatchObject({ format: 'jpeg' })
    expect(await drivers['drivers.square']({ ...of, frame: 8 })).toEqual({ image: null })
    const clip = await drivers['drivers.clip'](of)
    expect([clip!.name, Buffer.from(clip!.bytes).toString()]).toEqual(['walk.mp4', 'the clip'])

    const saved = await drivers['drivers.motion'](of)
    expect(saved.name).toBe('walk - motion.npz')
    writeFileSync(join(home, 'saved.npz'), saved.bytes)
    const opened = await following['drivers.open']({ project, upload: 'saved.npz', name: 'Walk' })
    expect(opened).toMatchObject({ name: 'Walk', frames: 8, squares: false, clip: null })
    const same = await drivers['drivers.timeline']({ project, driver: opened.id })
    expect(same).toMatchObject({ timescale: 30_000, times: timeline.times })
    expect(await drivers['drivers.square']({ project, driver: opened.id, frame: 0 })).toEqual({ image: null })
    expect(await drivers['drivers.clip']({ project, driver: opened.id })).toBeNull()
  })

  test('of the first one the faces are told, and none where it shows none', async () => {
    const whole = { name: 'walk.mp4', ...size }
    const told = await following['drivers.faces']({ ...whole, rgb: frames[0]! })
    expect(told.length).toBeGreaterThan(1)
    const areas = told.map(({ width, height }) => width * height)
    expect(areas).toEqual(areas.toSorted((a, b) => b - a))
    expect(await following['drivers.faces']({ ...whole, rgb: new Uint8Array(frames[0]!.length) })).toEqual([])
    await expect(following['drivers.faces']({ ...whole, rgb: new Uint8Array(3) })).rejects.toMatchObject({
      code: 'wrong-use',
    })
  })

  test('of another size, order or kind than was said are refused, and nothing else is lost', async () => {
    const { driver } = await following['drivers.begin']({ project, clip: facts })
    const refused = (code: string, message: RegExp) => ({ code, message: expect.stringMatching(message) })
    for (const length of [0, 1, 3 * 480 * 360 - 1, 3 * 480 * 360 + 3, 4 * 480 * 360]) {
      await expect(send(driver, 0, new Uint8Array(length))).rejects.toMatchObject(
        refused('wrong-use', /walk.mp4 has \d+ bytes; 480 x 360 pixels have 518400/),
      )
    }
    await send(driver, 5)
    for (const i of [5, 4, 0]) {
      await expect(send(driver, i)).rejects.toMatchObject(refused('wrong-use', /not in order/))
    }
    await expect(send('another', 6)).rejects.toMatchObject(refused('wrong-use', /not being followed/))
    await send(driver, 7)
    await expect(send(driver, 8)).rejects.toMatchObject(refused('wrong-use', /when the clip is over/))
    expect(await following['drivers.end']({ project, driver })).toMatchObject({ frames: 2 })
    const huge = { ...facts, width: 16_384, height: 16_384 }
    await expect(following['drivers.begin']({ project, clip: huge })).rejects.toMatchObject(
      refused('wrong-use', /too large/),
    )
  })

  test('can be given up in the middle, and nothing stays', async () => {
    const { driver } = await following['drivers.begin']({ project, clip: facts })
    await send(driver, 0)
    await send(driver, 1)
    expect(leftovers()).toHaveLength(1)
    await following['drivers.cancel']({ project, driver: 'another' })
    await send(driver, 2)
    await following['drivers.cancel']({ project, driver })
    expect(leftovers()).toEqual([])
    await expect(send(driver, 3)).rejects.toMatchObject({ code: 'wrong-use' })
    await expect(following['drivers.end']({ project, driver })).rejects.toMatchObject({ code: 'wrong-use' })
    expect((await projects.read(project)).drivers).toEqual([])
  })

  test('give way to those of a clip that is begun after them', async () => {
    const { driver: first } = await following['drivers.begin']({ project, clip: facts })
    await send(first, 0)
    const made = await followed()
    await expect(send(first, 1)).rejects.toMatchObject({ code: 'wrong-use' })
    expect(leftovers()).toEqual([made.id])
  })

  test('tell what ended the engine that they went to', async () => {
    const { driver } = await following['drivers.begin']({ project, clip: facts })
    await send(driver, 0)
    workers.at(-1)!.kill()
    const died = { code: 'device', message: expect.stringMatching(/ended unexpectedly/) }
    const more = async () => {
      for (let i = 1; i < 100; i++) await send(driver, i)
    }
    await expect(more()).rejects.toMatchObject(died)
    expect(leftovers()).toEqual([])
  })

  test('in which there is no face make no driver', async () => {
    const { driver } = await following['drivers.begin']({ project, clip: { ...facts, name: 'wall.mp4' } })
    for (let i = 0; i < 3; i++) await send(driver, i, new Uint8Array(3 * 480 * 360).fill(128))
    await expect(following['drivers.end']({ project, driver })).rejects.toMatchObject({
      code: 'bad-image',
      message: expect.stringContaining('wall.mp4'),
    })
  })
})

describe('what the service opens itself', () => {
  test('may be an animated picture', async () => {
    const raw = { raw: { ...size, channels: 3 as const } }
    const pages = frames.slice(0, 4).map((rgb) => sharp(rgb, raw).png().toBuffer())
    const webp = await sharp(await Promise.all(pages), { join: { animated: true } })
      .webp({ delay: [40, 40, 40, 40], loop: 0, quality: 90 })
      .toBuffer()
    writeFileSync(join(home, 'wave.webp'), webp)
    const made = await following['drivers.open']({ project, upload: 'wave.webp', name: 'wave.webp' })
    expect(made).toMatchObject({ frames: 4, seconds: 0.16, clip: { codec: 'webp', kept: true } })
    const clip = await drivers['drivers.clip']({ project, driver: made.id })
    expect(Buffer.compare(clip!.bytes, webp)).toBe(0)
    expect(clip!.type).toBe('image/webp')
  })

  test('is refused by name where it is no motion', async () => {
    writeFileSync(join(home, 'weights.npz'), readFileSync('test/fixtures/tiny64/look.png'))
    await expect(
      following['drivers.open']({ project, upload: 'weights.npz', name: 'weights.npz' }),
    ).rejects.toMatchObject({ code: 'bad-image' })
  })

  test('may be a motion that comes with Mien, once', async () => {
    const offered = await drivers['drivers.templates']({})
    expect(offered).toEqual(['smile', 'wink', 'speaking'].map((template) => ({ template, seconds: 3 })))
    const made = await drivers['drivers.template']({ project, template: 'wink' })
    expect(made).toMatchObject({
      name: 'Wink and laugh',
      template: 'wink',
      frames: 75,
      seconds: 3,
      clip: null,
    })
    expect(await drivers['drivers.template']({ project, template: 'wink' })).toEqual(made)
    const { points } = await drivers['drivers.timeline']({ project, driver: made.id })
    expect(points.length).toBe(4 * 75 * 136)
    const { drivers: listed } = await drivers['drivers.rename']({ project, driver: made.id, name: 'Ha!' })
    expect(listed).toEqual([{ ...made, name: 'Ha!' }])
  })
})

describe('a driver of a project', () => {
  test('leaves its setup when it is removed', async () => {
    const { id } = await drivers['drivers.template']({ project, template: 'smile' })
    await projects.change(project, (now) => ({ ...now, setup: { ...now.setup, driver: id } }))
    const { setup } = await drivers['drivers.remove']({ project, driver: id })
    expect(setup.driver).toBeUndefined()
    await expect(drivers['drivers.timeline']({ project, driver: id })).rejects.toMatchObject({
      code: 'wrong-use',
      message: 'The driver is not in the project "Anna" any more.',
    })
  })

  test('travels with a copy and in a pack', async () => {
    const made = await followed()
    // As a kill may leave one.
    mkdirSync(join(driversFolder(), 'lost'))
    writeFileSync(join(driversFolder(), 'lost', 'motion.npz'), 'x')
    const [copy] = await projects.duplicate([project])
    const unpacked = await projects.unpack('Anna.mienz', await projects.pack(project))
    for (const { id, name } of [copy!, unpacked]) {
      expect((await projects.open(id)).damage).toEqual([])
      expect(readdirSync(join(home, 'projects', `${name}.mien`, 'drivers'))).toEqual([made.id])
      const { image } = await drivers['drivers.square']({ project: id, driver: made.id, frame: 0 })
      expect(image).toBeInstanceOf(Uint8Array)
    }
    // What a pack leaves out where it would be too large.
    const light = { project: unpacked.id, driver: made.id, frame: 0 }
    rmSync(join(home, 'projects', `${unpacked.name}.mien`, 'drivers', made.id, 'squares.mjpeg'))
    expect(await drivers['drivers.square'](light)).toEqual({ image: null })
    await projects.remove([copy!.id, unpacked.id])
    rmSync(join(driversFolder(), 'lost'), { recursive: true })
  })

  test('in whose folder a link lies is read by nobody, and told', async () => {
    const { id } = await drivers['drivers.template']({ project, template: 'smile' })
    const path = join(driversFolder(), id, 'motion.npz')
    const outside = join(home, 'outside.npz')
    renameSync(path, outside)
    symlinkSync(outside, path)
    await projects.close(project)
    expect((await projects.open(project)).damage).toEqual(['The driver "Smile" is damaged.'])
    const of = { project, driver: id }
    for (const asked of ['timeline', 'motion', 'remove'] as const) {
      await expect(drivers[`drivers.${asked}`](of)).rejects.toMatchObject({ code: 'bad-file' })
    }
    rmSync(path)
    renameSync(outside, path)
  })

  test('that is damaged is told, and loses nothing else', async () => {
    const made = (template: TemplateName) => drivers['drivers.template']({ project, template })
    const [smile, wink, speaking] = [await made('smile'), await made('wink'), await made('speaking')]
    const file = (id: string, name: string) => join(driversFolder(), id, name)
    rmSync(file(smile.id, 'motion.npz'))
    writeFileSync(file(wink.id, 'driver.json'), '{}')
    await projects.close(project)
    const { damage, project: opened } = await projects.open(project)
    expect(damage).toEqual([
      'The driver "Smile" is missing, or a file of it is.',
      'The driver "Wink and laugh" is damaged.',
    ])
    expect(opened.drivers).toHaveLength(3)
    expect((await drivers['drivers.timeline']({ project, driver: speaking.id })).times).toHaveLength(75)
  })
})
