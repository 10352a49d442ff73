import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import sharp, { type Sharp } from 'sharp'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resizeLanczos } from '../../src/engine/picture/lanczos.ts'
import { startEngine } from '../../src/node/engine/client.ts'
import { forkEntry } from '../../src/node/engine/fork.ts'
import { shortJobs } from '../../src/node/engine/short-jobs.ts'
import { npzBytes } from '../../src/node/host/array-files.ts'
import { modelsOf } from '../../src/node/models/resolve.ts'
import { createProjectStore } from '../../src/node/projects/library.ts'
import { pictureViewer } from '../../src/node/projects/picture-viewer.ts'
import { createCovers } from '../../src/node/runs/cover.ts'
import { readLatent } from '../../src/node/runs/kinds/projection/latent-file.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { exportCommands } from '../../src/node/studio/export-commands.ts'
import { modelCommands } from '../../src/node/studio/model-commands.ts'
import { pictureCommands } from '../../src/node/studio/picture-commands.ts'
import { projectCommands } from '../../src/node/studio/project-commands.ts'
import { contract } from '../../src/shared/contract.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import type { EventName } from '../../src/shared/events.ts'
import type { Imported, Model } from '../../src/shared/models.ts'
import type { Run } from '../../src/shared/run.ts'

import { hasChromium } from '../web/studio.ts'

const root = join(import.meta.dirname, '..', '..')
const photographs = join(root, 'node_modules', '@vladmandic', 'face-api', 'demo')
const entry = join(root, 'dist', 'node', 'worker', 'entry.js')

const home = mkdtempSync(join(tmpdir(), 'mien-studio-files-'))
const store = createProjectStore({ folder: join(home, 'projects'), bin: join(home, 'bin') })
const engine = shortJobs(() => startEngine(() => forkEntry(entry)))
const told: { readonly name: EventName; readonly data: unknown }[] = []
const emit = (name: EventName, data: unknown) => told.push({ name, data })
/** Runs that the commands are told of. */
let runs: Run[] = []
const runsOf = async (project: string) => runs.filter((run) => run.project === project)
const queued = async () => runs.filter(({ state }) => state === 'running')
const viewer = pictureViewer({ projects: store, askEngine: engine.ask })
const models = join(home, 'models')
const pictures = pictureCommands({
  ...{ projects: store, runsOf, askEngine: engine.ask, viewer, emit },
  library: models,
})
const projects = projectCommands({
  projects: store,
  newSetup: async () => emptySetup(),
  runsOf,
  queued,
  askEngine: engine.ask,
  covers: createCovers({
    projects: store,
    store: { known: runsOf },
    viewer,
    photographs: { cover: async () => null },
    emit,
  }),
  emit,
})

afterAll(async () => {
  engine.close()
  await store.dispose()
  rmSync(home, { recursive: true, force: true })
})

const read = (path: string) => new Uint8Array(readFileSync(path))
const photograph = () => read(join(photographs, 'sample1.jpg'))

function runOf(project: string, more: Partial<Run> = {}): Run {
  return {
    id: 'run-1',
    project,
    name: 'The first: "try"',
    created: 1,
    state: 'done',
    step: 40,
    steps: 40,
    secondsLeft: null,
    stepsPerSecond: null,
    device: 'cpu',
    terms: null,
    identity: 0.5,
    setup: emptySetup(),
    parent: null,
    batch: null,
    failure: null,
    notices: [],
    ...more,
  }
}

describe('the pictures of a project', () => {
  test('a photograph comes in with its faces, is shown, aligned by hand, and goes', async () => {
    const { id: project } = await projects['projects.create']({ name: 'Photographs' })
    const added = await pictures['pictures.add']({ project, name: 'sample1.jpg', bytes: photograph() })
    expect(v.is(contract['pictures.add'].result, added)).toBe(true)
    expect(added).toMatchObject({ width: 1920, height: 1280, alignment: { by: 'face', face: 0 } })
    const areas = added.faces.map(({ box }) => box.width * box.height)
    expect(areas.length).toBeGreaterThan(1)
    expect(areas).toEqual([...areas].sort((a, b) => b - a))

    const show = (more: object) =>
      pictures['pictures.show']({ project, picture: added.id, what: 'square', size: 128, ...more })
    const upright = await sharp((await show({ what: 'upright', size: 300 })).image!).metadata()
    expect([upright.width, upright.height]).toEqual([300, 200])
    const square = (await show({})).image!
    expect(await sharp(square).metadata()).toMatchObject({ width: 128, height: 128, format: 'jpeg' })
    expect((await show({})).image).toEqual(square)

    const { box } = added.faces[1]!
    const [x, y, side] = [box.x + box.width / 2, box.y + box.height / 2, box.width * 2]
    const byHand = {
      by: 'hand',
      quad: [
        ...[x - side / 2, y - side / 2, x - side / 2, y + side / 2],
        ...[x + side / 2, y + side / 2, x + side / 2, y - side / 2],
      ],
    } as const
    const alignment = { by: 'hand' as const, quad: [...byHand.quad] }
    const tried = (await show({ alignment })).image!
    expect(tried).not.toEqual(square)
    // What is cut out is that part of the photograph.
    const region = {
      left: Math.round(x - side / 2),
      top: Math.round(y - side / 2),
      width: Math.round(side),
      height: Math.round(side),
    }
    const pixels = (picture: Sharp) => picture.resize(16, 16, { fit: 'fill' }).removeAlpha().raw().toBuffer()
    const expected = await pixels(sharp(photograph()).extract(region))
    const got = await pixels(sharp(tried))
    expect(expected.reduce((sum, value, i) => sum + Math.abs(value - got[i]!), 0) / got.length).toBeLessThan(
      4,
    )

    await pictures['pictures.align']({ project, picture: added.id, alignment })
    expect((await show({})).image).toEqual(tried)
    const crooked = {
      by: 'hand' as const,
      quad: alignment.quad.map((value, i) => (i < 2 ? value - 90 : value)),
    }
    await expect(show({ alignment: crooked })).rejects.toMatchObject({ code: 'wrong-use' })
    await expect(
      pictures['pictures.align']({ project, picture: added.id, alignment: { by: 'face', face: 99 } }),
    ).rejects.toMatchObject({ code: 'wrong-use' })

    const setup = { ...emptySetup(), look: added.id, landmarks: added.id }
    await projects['projects.set-up']({ project, setup })
    const thumbnail = async () => (await projects['projects.thumbnail']({ project })).image
    await expect.poll(thumbnail).not.toBeNull()
    expect((await sharp((await thumbnail())!).metadata()).format).toBe('webp')
    await expect(
      projects['projects.set-up']({ project, setup: { ...setup, look: 'nobody' } }),
    ).rejects.toMatchObject({ code: 'wrong-use' })
    runs = [runOf(project, { setup, state: 'running' })]
    await expect(pictures['pictures.remove']({ project, picture: added.id })).rejects.toThrow(/The first/)
    await expect(projects['projects.remove']({ projects: [project] })).rejects.toThrow(/is not over/)
    runs = []
    const without = await pictures['pictures.remove']({ project, picture: added.id })
    expect(without).toMatchObject({ pictures: [], setup: { look: null, landmarks: null } })
    await projects['projects.remove']({ projects: [project] })
    expect((await projects['projects.bin']({})).map(({ name }) => name)).toEqual(['Photographs'])
    expect(told.filter(({ name }) => name === 'projects').length).toBeGreaterThan(5)
  })

  test('one that is there already is taken again, unless another of its faces may be wanted', async () => {
    const { id: project } = await projects['projects.create']({ name: 'Twice' })
    const add = (name: string, bytes: Uint8Array) => pictures['pictures.add']({ project, name, bytes })
    const alone = read(join(root, 'models', 'examples', 'look.png'))
    told.length = 0
    const first = await add('a.jpg', alone)
    expect(told.filter(({ name }) => name === 'notice')).toEqual([])
    await projects['projects.set-up']({ project, setup: { ...emptySetup(), look: first.id } })
    expect((await add('b.jpg', alone)).id).toBe(first.id)
    expect(told.filter(({ name }) => name === 'notice')).toEqual([
      { name: 'notice', data: { message: 'b.jpg is in the project already.' } },
    ])
    const [family, again] = [await add('c.jpg', photograph()), await add('c.jpg', photograph())]
    expect(again.id).toBe(family.id)
    await projects['projects.set-up']({ project, setup: { ...emptySetup(), look: family.id } })
    const other = await add('c.jpg', photograph())
    expect(other.id).not.toBe(family.id)
    expect(other).toEqual({ ...family, id: other.id })
    expect((await store.read(project)).pictures.map(({ id }) => id)).toEqual([first.id, family.id, other.id])
  })

  test('two of the same bytes that come at once are one', async () => {
    const { id: project } = await projects['projects.create']({ name: 'At once' })
    const bytes = read(join(photographs, 'sample6.jpg'))
    const added = await Promise.all(
      ['a.jpg', 'b.jpg'].map((name) => pictures['pictures.add']({ project, name, bytes })),
    )
    expect(added[1]!.id).toBe(added[0]!.id)
    expect((await store.read(project)).pictures).toHaveLength(1)
  })

  test('one of more than 64 megapixels comes in scaled down, which is told', async () => {
    const { id: project } = await projects['projects.create']({ name: 'Large' })
    const enlarged = await sharp(photograph()).resize(10_200, 6800).jpeg().toBuffer()
    told.length = 0
    const added = await pictures['pictures.add']({
      ...{ project, name: 'large.jpg', bytes: new Uint8Array(enlarged) },
    })
    const message = 'large.jpg has 10200 x 6800 pixels (69 megapixels); it was scaled down to 10033 x 6688.'
    expect(told).toContainEqual({ name: 'notice', data: { message } })
    expect(added).toMatchObject({ width: 10_033, height: 6688, bytes: enlarged.length })
    const show = { project, picture: added.id, what: 'upright', size: 400 } as const
    const [small, expected] = await Promise.all(
      [(await pictures['pictures.show'](show)).image!, photograph()].map((picture) =>
        sharp(picture).resize(40, 27, { fit: 'fill' }).removeAlpha().raw().toBuffer(),
      ),
    )
    const apart = expected!.map((value, i) => Math.abs(value - small![i]!))
    expect(apart.reduce((sum, value) => sum + value, 0) / apart.length).toBeLessThan(4)
  })

  test('one without a face is taken by its centre; what is no picture is refused and leaves nothing', async () => {
    const { id: project } = await projects['projects.create']({ name: 'Others' })
    const grey = await sharp({ create: { width: 90, height: 60, channels: 3, background: 'grey' } })
      .png()
      .toBuffer()
    const added = await pictures['pictures.add']({ project, name: 'grey.png', bytes: new Uint8Array(grey) })
    expect(added).toMatchObject({ faces: [], alignment: { by: 'centre' } })
    const { image } = await pictures['pictures.show']({
      project,
      picture: added.id,
      what: 'square',
      size: 32,
    })
    expect(await sharp(image!).metadata()).toMatchObject({ width: 32, height: 32 })
    for (const bytes of [new Uint8Array([1, 2, 3]), photograph().subarray(0, 50_000)]) {
      const refused = pictures['pictures.add']({ project, name: 'bad.jpg', bytes })
      await expect(refused).rejects.toMatchObject({ code: 'bad-image' })
    }
    expect((await store.read(project)).pictures).toHaveLength(1)
  })
})

describe('models', () => {
  const library = join(home, 'models')
  const uploads = join(home, 'uploads')
  /** Their ids, and the names that the files have. */
  const uploaded: Readonly<Record<string, string>> = {
    u0: 'nothing',
    u1: 'My-Landmarks.safetensors',
    u2: 'generator.pkl',
    u3: 'larger.pkl',
    u4: 'vgg16.pth',
    u5: 'lpips.pth',
  }
  const models = modelCommands({
    library,
    uploadPath: async (upload) => join(uploads, uploaded[upload]!),
    releaseUpload: async () => undefined,
    queued,
    askEngine: engine.ask,
    emit,
  })

  function importedIn(results: readonly Imported[]): readonly Model[] {
    return results.map((result) => {
      if ('model' in result) return result.model
      throw new Error(result.refusal.message)
    })
  }

  beforeAll(() => {
    mkdirSync(uploads)
    cpSync(join(root, 'models', 'pack', 'landmarks.safetensors'), join(uploads, 'My-Landmarks.safetensors'))
    writeFileSync(join(uploads, 'nothing'), 'no model')
  })

  test('the pack is listed with what its generator asks for', async () => {
    const [pack] = await models['models.list']({})
    expect(v.is(contract['models.list'].result, [pack])).toBe(true)
    expect(pack).toMatchObject({
      id: 'mien-portraits-256',
      origin: 'embedded',
      licence: 'MIT',
      resolution: 256,
      settings: { start: 'average', weights: { colour: 40, noiseReg: 1e5 }, confidence: true, live: true },
    })
    await expect(models['models.remove']({ model: pack!.id })).rejects.toThrow(/comes with Mien/)
  })

  test('a checkpoint is imported with progress, used, and removed', async () => {
    told.length = 0
    const results = await models['models.import']({ uploads: ['u1'] })
    expect(v.is(contract['models.import'].result, results)).toBe(true)
    const model = importedIn(results)[0]!
    expect(model).toMatchObject({
      id: 'my-landmarks',
      name: 'My-Landmarks',
      parts: ['landmarks'],
      settings: null,
    })
    const portions = told.flatMap(({ name, data }) =>
      name === 'models.progress' ? [(data as { done: number | null }).done] : [],
    )
    expect(portions[0]).toBeNull()
    expect(portions.length).toBeGreaterThan(3)
    expect(portions.at(-1)).toBe(1)
    expect(told.at(-1)?.name).toBe('models')
    expect((await models['models.list']({})).map(({ id }) => id)).toContain(model.id)

    const setup = { ...emptySetup(), models: { landmarks: model.id } }
    runs = [runOf('a-project', { setup, state: 'running' })]
    await expect(models['models.remove']({ model: model.id })).rejects.toThrow(/uses My-Landmarks/)
    runs = []
    await models['models.remove']({ model: model.id })
    expect((await models['models.list']({})).map(({ id }) => id)).toEqual(['mien-portraits-256'])
    expect(existsSync(join(library, model.id))).toBe(false)
  })

  test('what is no model is refused, and keeps nothing else out', async () => {
    const results = await models['models.import']({ uploads: ['u0', 'u1'] })
    expect(results).toMatchObject([
      { uploads: ['u0'], refusal: { code: 'bad-file' } },
      { uploads: ['u1'], model: { id: 'my-landmarks' } },
    ])
    expect(v.is(contract['models.import'].result, results)).toBe(true)
    await models['models.remove']({ model: 'my-landmarks' })
  })

  test('two files become one model if they are halves of a perceptual network, else one each', async () => {
    for (const name of ['generator.pkl', 'vgg16.pth', 'lpips.pth']) {
      cpSync(join(root, 'test', 'fixtures', 'tiny64', name), join(uploads, name))
    }
    cpSync(join(root, 'test', 'fixtures', 'tiny512', 'generator.pkl'), join(uploads, 'larger.pkl'))
    const imported = importedIn(await models['models.import']({ uploads: ['u2', 'u3'] }))
    expect(imported.map(({ id, resolution }) => [id, resolution])).toEqual([
      ['generator', 64],
      ['larger', 512],
    ])
    const results = await models['models.import']({ uploads: ['u5', 'u3', 'u4'] })
    expect(results.map((result) => result.uploads)).toEqual([['u4', 'u5'], ['u3']])
    expect(importedIn(results).map(({ id, parts }) => [id, parts])).toEqual([
      ['vgg16', ['perceptual']],
      ['larger', ['generator', 'discriminator']],
    ])
    for (const id of ['generator', 'larger', 'vgg16']) await models['models.remove']({ model: id })
  })

  test('a model with a fault is listed with its reason, chosen in vain, and can be removed', async () => {
    const [sound, torn] = importedIn(await models['models.import']({ uploads: ['u1', 'u2'] }))
    writeFileSync(join(library, torn!.id, 'model.json'), '{"id":')
    const listed = await models['models.list']({})
    expect(v.is(contract['models.list'].result, listed)).toBe(true)
    expect(listed.map(({ id }) => id)).toEqual(['mien-portraits-256', sound!.id, torn!.id])
    const message = expect.stringMatching(/does not describe a model/)
    expect(listed[2]).toMatchObject({ name: 'generator', parts: [], fault: { code: 'bad-file', message } })
    const setup = { ...emptySetup(), models: { generator: torn!.id } }
    await expect(modelsOf(setup, library)).rejects.toMatchObject({ code: 'bad-file', message })
    await expect(modelsOf(emptySetup(), library)).resolves.toMatchObject({ generator: [{}] })
    for (const { id } of [torn!, sound!]) await models['models.remove']({ model: id })
    expect(readdirSync(library)).toEqual([])
  })
})

describe('what is taken out of a run', () => {
  const look = read(join(root, 'models', 'examples', 'look.png'))
  const latent = Float32Array.from({ length: 14 * 8 }, (_, i) => i / 7)
  let project: string
  let run: Run
  let way: Record<number, Uint8Array>

  const previewOf = (image: Uint8Array, step = 0) => ({
    run: run.id,
    step,
    image,
    points: Array.from({ length: 136 }, (_, i) => (i + 1) / 140),
  })
  let told: (name: string, data: object) => void = () => undefined
  const exports = exportCommands({
    projects: store,
    runOf: async () => run,
    runs: {
      'runs.history': async () => Object.keys(way).map((step) => ({ step: Number(step), keyframe: false })),
      'runs.moment': async ({ step }) => (way[step] === undefined ? null : previewOf(way[step], step)),
      'runs.show': async () => previewOf(look),
    },
    askEngine: engine.ask,
    photographs: { faces: () => Promise.reject(new Error('no photograph is filmed')) },
    faces: { move: async () => null },
    library: models,
    emit: (name, data) => told(name, data),
  })
  const taken = (wanted: Parameters<(typeof exports)['runs.export']>[0]['export']) =>
    exports['runs.export']({ project, run: run.id, export: wanted })

  beforeAll(async () => {
    const made = await store.create('Anna & <Ben>/1', emptySetup())
    project = made.id
    run = runOf(project)
    way = {}
    for (const step of [10, 20, 30]) {
      way[step] = new Uint8Array(
        await sharp(look)
          .resize(64)
          .modulate({ brightness: step / 20 })
          .webp()
          .toBuffer(),
      )
    }
    const folder = await store.runFolder(project, run.id)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'proj.png'), look)
    writeFileSync(
      join(folder, 'projected_w.npz'),
      npzBytes({ w: { dtype: 'float32', shape: [1, 14, 8], data: latent } }),
    )
    writeFileSync(join(folder, 'run.json'), '{}')
  })

  test.each(['png', 'jpeg', 'webp', 'tiff'] as const)(
    'the picture as %s, telling how it was made or not',
    async (format) => {
      const file = await taken({ what: 'picture', format, settings: true })
      expect(v.is(contract['runs.export'].result, file)).toBe(true)
      expect(file.name).toBe(`Anna & Ben 1 - The first try.${format === 'jpeg' ? 'jpg' : format}`)
      const found = await sharp(file.bytes).metadata()
      expect(found).toMatchObject({ format, width: 256, height: 256 })
      const packet = new TextDecoder().decode(found.xmp)
      const json = /<mien:madeWith>([^<]*)</
        .exec(packet)?.[1]
        ?.replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
      expect(JSON.parse(json!.replaceAll('&amp;', '&'))).toMatchObject({
        run: 'The first: "try"',
        model: expect.stringMatching(/^Mien/),
        steps: 40,
        settings: { seed: 303 },
        identity: 0.5,
      })
      const plain = await sharp((await taken({ what: 'picture', format, settings: false })).bytes).metadata()
      expect([plain.xmp, plain.iptc]).toEqual([undefined, undefined])
      // Of a PNG that says its pixels an inch, sharp repeats them there, and nothing else.
      expect(plain.exif?.length ?? 0).toBeLessThanOrEqual(format === 'png' ? 180 : 0)
      if (format === 'jpeg') return
      const pixels = (bytes: Uint8Array) => sharp(bytes).removeAlpha().raw().toBuffer()
      const [a, b] = [await pixels(file.bytes), await pixels(look)]
      const difference = a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length
      expect(difference).toBeLessThan(format === 'webp' ? 3 : 1e-9)
    },
  )

  test('the picture in another size is enlarged by Lanczos', async () => {
    const file = await taken({ what: 'picture', format: 'png', side: 1024, settings: false })
    expect(file.name).toBe('Anna & Ben 1 - The first try - 1024.png')
    const own = await sharpCodec.decode(look, 'look.png')
    expect(await sharpCodec.decode(file.bytes, 'large.png')).toEqual(resizeLanczos(own, 1024, 1024))
  })

  test.each(['jpeg', 'webp'] as const)('a %s is as good as it is asked to be', async (format) => {
    const sizes: number[] = []
    for (const quality of [50, 80, undefined, 100]) {
      const asked = { what: 'picture', format, settings: false, ...(quality && { quality }) } as const
      sizes.push((await taken(asked)).bytes.length)
    }
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b))
    expect(new Set(sizes).size).toBe(4)
  })

  test.each(['npz', 'npy', 'safetensors'] as const)('the latent as %s is read again', async (format) => {
    const file = await taken({ what: 'latent', format })
    const path = join(home, file.name)
    writeFileSync(path, file.bytes)
    const found = await readLatent(path)
    expect(found.shape).toEqual([1, 14, 8])
    expect(found.data).toEqual(latent)
  })

  test("the reference's files as a zip", async () => {
    const file = await taken({ what: 'reference' })
    const files = unzipSync(file.bytes)
    expect(Object.keys(files).sort()).toEqual(['proj.png', 'projected_w.npz', 'run.json'])
    expect(new Uint8Array(files['proj.png']!)).toEqual(look)
  })

  test('the way as a film and on a sheet', async () => {
    const film = await taken({ what: 'film', format: 'mp4' })
    expect(film.type).toBe('video/mp4')
    expect(Buffer.from(film.bytes.subarray(4, 8)).toString()).toBe('ftyp')
    if (hasChromium) {
      const webm = await taken({ what: 'film', format: 'webm' })
      expect([webm.type, webm.name]).toEqual(['video/webm', 'Anna & Ben 1 - The first try.webm'])
      expect(Buffer.from(webm.bytes).toString('latin1', 0, 60)).toContain('webm')
    }
    const sheet = await taken({ what: 'film', format: 'sheet' })
    expect(sheet.name).toBe('Anna & Ben 1 - The first try - sheet.png')
    const { width, height } = await sharp(sheet.bytes).metadata()
    // Four columns, and two rows for the two pictures and three moments.
    expect([width, height]).toEqual([4 * (256 + 16) + 16, 2 * (16 + 256 + 16 + 34)])
    const [all, picture] = [way, way[10]!]
    way = Object.fromEntries(Array.from({ length: 300 }, (_, step) => [step, picture]))
    const done: unknown[] = []
    told = (name, data) => {
      done.push([name, data])
      void exports['runs.stop-film']({ project, run: run.id })
    }
    await expect(taken({ what: 'film', format: 'mp4' })).rejects.toMatchObject({ code: 'stopped' })
    expect(done[0]).toEqual(['run.film', { run: run.id, done: 1 / 300 }])
    expect(done.length).toBeLessThan(300)
    told = () => undefined
    way = all
    expect((await taken({ what: 'film', format: 'sheet' })).type).toBe('image/png')
    way = {}
    await expect(taken({ what: 'film', format: 'mp4' })).rejects.toMatchObject({ code: 'wrong-use' })
  })

  test('a run that is not over has nothing to give', async () => {
    run = runOf(project, { state: 'paused' })
    await expect(taken({ what: 'latent', format: 'npy' })).rejects.toMatchObject({ code: 'wrong-use' })
    await expect(taken({ what: 'reference' })).rejects.toThrow(/has no result yet/)
  })
})
