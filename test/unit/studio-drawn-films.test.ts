import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import sharp from 'sharp'
import * as v from 'valibot'
import { afterAll, describe, expect, test } from 'vitest'
import { furtherFrameSteps, usualFrameSteps } from '../../src/engine/animation/frame-steps.ts'
import { neutralFace } from '../../src/engine/face/neutral-face.ts'
import { partOfMotion } from '../../src/engine/motion/motion-part.ts'
import { importMotion } from '../../src/node/drivers/driver.ts'
import { motionBytes, readMotion } from '../../src/node/drivers/motion-file.ts'
import type { SpawnWorker } from '../../src/node/engine/client.ts'
import { readArrays } from '../../src/node/host/array-files.ts'
import { writeFileAtomic } from '../../src/node/host/files.ts'
import { loadShapeModel } from '../../src/node/models/shape-model.ts'
import { createProjectStore } from '../../src/node/projects/library.ts'
import { driverRecord } from '../../src/node/studio/project-drivers.ts'
import { contract } from '../../src/shared/contract.ts'
import { events } from '../../src/shared/events.ts'
import { type FilmExport, type FilmOrder, type FilmView, filmOrderOf } from '../../src/shared/film.ts'
import { usualFilmSettings } from '../../src/shared/film-settings.ts'
import type { Setup } from '../../src/shared/setup.ts'
import { jsonOf, mien } from '../cli/mien.ts'
import { projectFolder, studioOf, type TinyHome, tinyHome } from '../crash/studio-home.ts'
import { engine, faultyEngine, inTurn, recordIn, temporaryFolder, watched } from '../crash/tiny-run.ts'

const frames = 10
const smile = join(import.meta.dirname, '..', '..', 'models', 'pack', 'motions', 'smile.npz')

/** The face that the tiny look is taken to show: 68 x (x, y) in pixels. */
const points = neutralFace.flatMap(([x, y]) => [32 + 0.2 * x, 26 + 0.2 * y])

/** A home whose project has the beginning of a smile, and a look with a face. */
async function drivenHome(folder?: string): Promise<TinyHome> {
  const tiny = await tinyHome(folder)
  const { home, project, pictures } = tiny
  const shapes = await loadShapeModel()
  const motion = join(temporaryFolder(), 'smile.npz')
  await writeFileAtomic(
    motion,
    motionBytes(partOfMotion(await readMotion(smile, shapes), 10, 10 + frames), shapes),
  )
  const store = createProjectStore({ folder: join(home, 'projects'), bin: join(home, 'bin') })
  const driver = await importMotion(motion, await store.driverFolder(project, 'smile'))
  const quad = [0, 0, 0, 64, 64, 64, 64, 0]
  await store.change(project, (before) => ({
    ...before,
    drivers: [driverRecord(driver, { id: 'smile', name: 'Smile' }, false)],
    pictures: before.pictures.map((picture) =>
      picture.id === pictures.look ? { ...picture, alignment: { by: 'hand', quad, points } } : picture,
    ),
  }))
  await store.dispose()
  return tiny
}

async function opened(spawn: SpawnWorker = engine, tiny?: TinyHome) {
  const home = tiny ?? (await drivenHome())
  const studio = await studioOf(home.home, spawn)
  const { service } = studio
  const { project } = home
  await service['projects.open']({ project })
  const setup = (more: Partial<Setup> = {}) =>
    home.setup({ steps: 6 }, { landmarks: null, driver: 'smile', ...more })
  const order = (more: Partial<Setup> = {}): FilmOrder => filmOrderOf(setup(more), 'drawn')!
  return {
    ...{ tiny: home, studio, service, setup, order },
    search: (
      more: Partial<Setup> = {},
      passage?: [number, number],
      again?: (typeof furtherFrameSteps)[number],
    ) =>
      service['films.search']({
        ...{ project, name: 'Film', setup: setup(more) },
        ...(passage && { passage }),
        ...(again && { again }),
      }),
    show: (frame: number, more: Partial<Setup> = {}) =>
      service['films.show']({ project, order: order(more), frame, form: 'square', size: 64 }),
    /** What is known of each frame. */
    async found(more: Partial<Setup> = {}) {
      const found = await service['films.found']({ project, order: order(more) })
      v.parse(contract['films.found'].result, found)
      const floats = (bytes: Uint8Array) => [...new Float32Array(bytes.slice().buffer)]
      return found && { ...found, errors: floats(found.errors), steps: floats(found.steps) }
    },
    /** The latents of all frames, as they are taken out. */
    async latents(more: Partial<Setup> = {}) {
      const { bytes } = await service['films.latents']({ project, order: order(more) })
      const folder = temporaryFolder()
      const files = unzipSync(bytes)
      for (const [name, file] of Object.entries(files)) writeFileSync(join(folder, name), file)
      const { w } = await readArrays(join(folder, 'latents.npz'))
      const { points } = await readArrays(join(folder, 'targets.npz'))
      return { names: Object.keys(files).sort(), w: w!, targets: points! }
    },
    key: (run: string) => ({ project, run }),
    folderOf: (run: string) => join(projectFolder(home.home, project), 'runs', run),
  }
}

const finishedHome = mkdtempSync(join(tmpdir(), 'mien-finished-'))
afterAll(() => rmSync(finishedHome, { recursive: true, force: true }))
let finishedFilm: Promise<{ readonly tiny: TinyHome; readonly id: string }> | undefined

/** A home of its own whose film is searched for: that is done once for all tests that go on from there. */
async function finished() {
  finishedFilm ??= drivenHome(finishedHome).then(async (tiny) => {
    const { studio, search } = await opened(engine, tiny)
    const { id } = await search()
    await studio.untilState(id, 'done', 'failed')
    await studio.close()
    return { tiny, id }
  })
  const { tiny, id } = await finishedFilm
  const home = temporaryFolder()
  cpSync(finishedHome, home, { recursive: true })
  return { tiny: { ...tiny, home }, id }
}

const strong = { film: { ...usualFilmSettings, expression: 1.4 } }
const known = (errors: readonly number[]) => errors.flatMap((error, i) => (Number.isNaN(error) ? [] : [i]))

const wish = (more: Partial<FilmExport> = {}): FilmExport => ({
  ...{
    format: 'gif',
    form: 'square',
    loop: false,
    beside: false,
    sound: false,
    settings: false,
    altered: false,
  },
  ...more,
})

describe('a film that is drawn', () => {
  test('is looked at as soon as its directions are found, and searched frame by frame', async () => {
    const { studio, service, tiny, order, search, show, found, latents, key, folderOf } = await opened()
    expect(await service['films.ways']({ project: tiny.project, look: tiny.pictures.look })).toContain(
      'drawn',
    )
    expect(await service['films.ways']({ project: tiny.project, look: tiny.pictures.landmarks })).toEqual([])
    expect(await found()).toBeNull()
    expect(await show(0)).toBeNull()
    const exported = () => service['films.export']({ project: tiny.project, order: order(), export: wish() })
    await expect(exported()).rejects.toMatchObject({ message: 'The film has not been searched for yet.' })
    const lacking = { message: 'Not all frames of the film have been searched for yet.' }
    await expect(latents()).rejects.toMatchObject(lacking)

    const run = await search({}, [7, 9])
    expect(run).toMatchObject({ kind: 'film', fixed: true, name: 'Film' })
    await studio.until(run.id, ({ filming }) => filming?.part === 'searching')
    // The first frame was seen while it was searched.
    expect(studio.told.map(({ name }) => name)).toContain('run.preview')
    expect((await found())!.ready).toBe(true)
    expect((await show(0))!.image.length).toBeGreaterThan(500)
    const some = await studio.until(run.id, ({ step }) => step >= 2)
    expect(some).toMatchObject({ state: 'running', steps: frames, filming: { part: 'searching' } })
    expect(known((await found())!.errors).slice(-2)).toEqual([7, 8])
    await expect(latents()).rejects.toMatchObject(lacking)
    const done = await studio.untilState(run.id, 'done', 'failed')
    expect(done).toMatchObject({ state: 'done', step: frames, steps: frames, failure: null })
    for (const { name, data } of studio.told) v.parse(events[name], data)
    const all = (await found())!
    expect(known(all.errors)).toHaveLength(frames)
    for (const error of all.errors) expect(error).toBeGreaterThan(0)

    const { w } = await readArrays(join(folderOf(run.id), 'latents.npz'))
    expect(w!.shape[0]).toBe(frames)
    const taken = await latents()
    expect(taken.names).toEqual(['latents.npz', 'noise.npz', 'targets.npz'])
    expect(taken.w).toEqual(w)
    expect(taken.targets.shape).toEqual([frames, 68, 2])
    const files = await service['runs.export']({ ...key(run.id), export: { what: 'reference' } })
    const names = ['latents.npz', 'noise.npz', 'proj.png', 'run.json', 'target_look.png', 'targets.npz']
    expect(Object.keys(unzipSync(files.bytes)).sort()).toEqual(names)
    const looped = wish({ side: 256, range: [2, 6], loop: true })
    const seen = studio.told.length
    const { bytes } = await service['films.export']({ project: tiny.project, order: order(), export: looped })
    expect(await sharp(bytes, { animated: true }).metadata()).toMatchObject({ pages: 3, width: 256 })
    // The frame that fades is searched for first, and leaves nothing in the run.
    const sharesSince = (from: number) =>
      studio.told.slice(from).flatMap(({ data }) => ('done' in data ? [data.done] : []))
    const shares = sharesSince(seen)
    expect(shares[0]).toBe(0.5)
    expect(shares.at(-1)).toBe(1)
    // As it is drawn it fits; enlarged that much it would not.
    const fitting = (more: Partial<FilmView>) =>
      service['films.fitting']({
        project: tiny.project,
        ...{ order: order(), view: { form: 'square', beside: false, loop: false, rate: 90, ...more } },
      })
    expect(await fitting({})).toMatchObject({ webp: 'asked' })
    expect(await fitting({ side: 2048 })).toMatchObject({ webp: 1024 })
    // The next time it is there, and nothing is searched for.
    const later = studio.told.length
    const again = await service['films.export']({ project: tiny.project, order: order(), export: looped })
    expect(again.bytes).toEqual(bytes)
    expect(sharesSince(later)).toEqual([1 / 3, 2 / 3, 1])
    expect(readdirSync(join(folderOf(run.id), 'recovery', 'frames'))).toEqual(['000000.npz'])
  })

  test('is searched again where its targets changed alone, and nowhere where that is taken back', async () => {
    const { tiny, id } = await finished()
    const { studio, search, found, show, latents } = await opened(engine, tiny)
    const before = (await found())!.errors
    expect(known((await found(strong))!.errors).length).toBeLessThan(frames)
    expect((await show(5, strong))!.image).not.toEqual((await show(5))!.image)
    const other = await search(strong)
    expect(other.id).toBe(id)
    await studio.untilState(id, 'running')
    // One that is under way takes it, too.
    expect((await search(strong)).id).toBe(id)
    await studio.untilState(id, 'done', 'failed')
    expect(known((await found(strong))!.errors)).toHaveLength(frames)
    expect((await found())!.errors).toEqual(before)
    // Each has its own latents, whichever was searched last.
    const [usual, stronger] = [await latents(), await latents(strong)]
    expect(stronger.targets.data).not.toEqual(usual.targets.data)
    expect(stronger.w.data).not.toEqual(usual.w.data)
    const told = studio.told.length
    await search()
    await studio.untilState(id, 'done', 'failed')
    const parts = studio.told
      .slice(told)
      .flatMap(({ name, data }) => (name === 'run' && 'filming' in data ? [data] : []))
    expect(parts).toEqual([])
  })

  test('is searched again in a passage, to the same bits where it was stopped between', async () => {
    const { tiny, id } = await finished()
    const first = await opened(engine, tiny)
    const before = (await first.found())!
    expect(before.steps).toEqual(Array(frames).fill(usualFrameSteps))
    await first.studio.close()
    const latentsOf = async ({ folderOf }: Pick<typeof first, 'folderOf'>) => {
      const { data } = (await readArrays(join(folderOf(id), 'latents.npz'))).w!
      const row = data.length / frames
      return Array.from({ length: frames }, (_, i) => data.slice(i * row, (i + 1) * row))
    }
    const latents = await latentsOf(first)
    const [copy, [more]] = [temporaryFolder(), furtherFrameSteps]
    cpSync(first.tiny.home, copy, { recursive: true })

    const held = await opened(engine, first.tiny)
    await held.search({}, [3, 6], more)
    await held.studio.until(id, ({ state, step }) => state === 'running' && step > frames - 3)
    await held.service['runs.stop'](held.key(id))
    await held.studio.untilState(id, 'stopped')
    // Every frame has the better one of what was found for it.
    const between = await held.latents()
    expect(between.w.shape).toEqual((await readArrays(join(first.folderOf(id), 'latents.npz'))).w!.shape)
    expect(between.w.data).not.toEqual((await readArrays(join(first.folderOf(id), 'latents.npz'))).w!.data)
    await held.service['runs.resume'](held.key(id))
    await held.studio.untilState(id, 'done', 'failed')
    const after = (await held.found())!
    const isPassage = (_: unknown, i: number) => i >= 3 && i < 6
    expect(after.steps).toEqual(before.steps.map((steps, i) => (isPassage(steps, i) ? more : steps)))
    const whole = await latentsOf(held)
    const others = (all: readonly unknown[]) => all.filter((one, i) => !isPassage(one, i))
    expect(others(whole)).toEqual(others(latents))
    expect(others(after.errors)).toEqual(others(before.errors))
    expect(whole).not.toEqual(latents)

    const straight = await opened(engine, { ...first.tiny, home: copy })
    await straight.search({}, [3, 6], more)
    await straight.studio.untilState(id, 'starting', 'running')
    await straight.studio.untilState(id, 'done', 'failed')
    expect(await latentsOf(straight)).toEqual(whole)
  }, 240_000)

  test('waits, is stopped, and goes on, also after the program was lost', async () => {
    const { studio, service, tiny, search, found, key, folderOf } = await opened()
    const { id } = await search()
    await studio.until(id, ({ step }) => step >= 2)
    await service['runs.pause'](key(id))
    await studio.untilState(id, 'paused')
    const held = known((await found())!.errors).length
    expect(held).toBeLessThan(frames)
    await service['runs.stop'](key(id))
    await studio.untilState(id, 'stopped')
    expect(known((await found())!.errors)).toHaveLength(held)
    expect(existsSync(join(folderOf(id), 'latents.npz'))).toBe(false)
    await service['runs.resume'](key(id))
    await studio.until(id, ({ state, step }) => state === 'running' && step > held)
    await studio.close()
    // Nothing is read or written where a record says, which may be a stranger's.
    const elsewhere = temporaryFolder()
    const record = await recordIn(folderOf(id))
    const video = { path: join(elsewhere, 'film.gif'), format: 'gif', sound: false, beside: false } as const
    record.change((now) => ({ ...now, film: { ...now.film!, video } }))
    await record.save()
    const again = await opened(engine, tiny)
    await again.studio.untilState(id, 'done', 'failed')
    expect(readdirSync(elsewhere)).toEqual([])
    expect(known((await again.found())!.errors)).toHaveLength(frames)
    await again.service['runs.remove'](again.key(id))
    expect(await again.found()).toBeNull()
  })

  test('is written by the command line, which searches a part of it again', async () => {
    const { tiny, id } = await finished()
    const { studio, folderOf } = await opened(engine, tiny)
    await studio.close()
    const inHome = { env: { MIEN_HOME: tiny.home } }
    const [folder, film] = [folderOf(id), join(temporaryFolder(), 'film.gif')]
    const latents = async () => (await readArrays(join(folder, 'latents.npz'))).w!.data
    const before = await latents()
    const made = await mien(['animate', '--resume', folder, '--save-video', film, '--json'], inHome)
    expect(made.stderr).not.toContain('Searching')
    expect(jsonOf(made)).toMatchObject({ frames, stopped: false })
    expect((await sharp(readFileSync(film), { animated: true }).metadata()).pages).toBe(frames)
    const again = await mien(['animate', '--resume', folder, '--again', '0.1-0.2', '--json'], inHome)
    expect(again.stderr).toContain('Searching the frames')
    expect(jsonOf(again)).toMatchObject({ frames })
    const [after, row] = [await latents(), before.length / frames]
    expect(after.slice(0, 3 * row)).toEqual(before.slice(0, 3 * row))
    expect(after).not.toEqual(before)
    expect(after.slice(5 * row)).toEqual(before.slice(5 * row))
    const { now } = await recordIn(folder)
    expect(now).toMatchObject({ state: 'done', film: { passage: [3, 5], again: furtherFrameSteps[0] } })
  }, 240_000)

  test('outlives its engine once, and says what can be done after that', async () => {
    const spawn = watched(inTurn(engine, faultyEngine('exit', 'frame', 3), engine))
    const { studio, search } = await opened(spawn)
    const { id } = await search()
    const done = await studio.untilState(id, 'done', 'failed')
    expect(done).toMatchObject({ state: 'done', failure: null })
    expect(done.notices).toContain('The engine was lost; going on with the frames that are found.')
  })

  test('is another one with another search, and refused without a face, a model or such frames', async () => {
    const { studio, service, tiny, search, setup, found, key } = await opened()
    const first = await search()
    await service['runs.stop'](key(first.id))
    await studio.untilState(first.id, 'stopped')
    const other = await service['films.search']({
      ...{ project: tiny.project, name: 'Other' },
      setup: { ...setup(), settings: { ...setup().settings, seed: 7 } },
    })
    expect(other.id).not.toBe(first.id)
    expect((await found())!.run).toBe(first.id)
    await service['runs.stop'](key(other.id))
    await expect(search({ look: tiny.pictures.landmarks })).rejects.toMatchObject({ code: 'wrong-use' })
    await expect(search({ models: { generator: 'gone' } })).rejects.toMatchObject({ code: 'unreadable-file' })
    await expect(search({}, [4, 40])).rejects.toMatchObject({ message: `The driver has ${frames} frames.` })
  })
})
