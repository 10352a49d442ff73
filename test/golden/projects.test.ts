import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDriver } from '../../src/node/drivers/driver.ts'
import { createProjectStore } from '../../src/node/projects/library.ts'
import type { ProjectStore } from '../../src/node/projects/project-store.ts'
import { openStudio } from '../../src/node/studio/studio.ts'
import { type Project, projectVersion } from '../../src/shared/project.ts'

const golden = join(import.meta.dirname, 'projects')
const released = readdirSync(golden).filter((name) => /^v\d+$/.test(name))
/** One that the window had made; the other is the command line's. */
const studioRun = '35dc8cd3-7a0d-4cc5-9468-caae8a04af3f'
const look = '53890ac5ae9d0b3699b4e91a6977c1bef18b34f74d72dc59a5b42eee9466b29e'

let home: string
let store: ProjectStore
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mien-golden-'))
  store = createProjectStore({ folder: join(home, 'projects'), bin: join(home, 'bin') })
})
afterEach(async () => {
  await store.dispose()
  rmSync(home, { recursive: true, force: true })
})

/** Puts a golden project into the library; gives its id. */
async function laid(name: string): Promise<string> {
  cpSync(join(golden, name), join(home, 'projects'), { recursive: true })
  return (await store.list())[0]!.id
}

/** What every golden project says, of whatever version. */
function expectSaid(project: Project): void {
  expect(project.name).toBe('Two faces')
  expect(project.pictures.map(({ id, width, height }) => [id, width, height])).toEqual([
    ['look', 64, 64],
    ['landmarks', 64, 64],
  ])
  const [first, second] = project.pictures
  expect(first).toMatchObject({ sha256: look, name: 'look.png', alignment: { by: 'face', face: 0 } })
  expect(first!.faces[0]).toMatchObject({ box: { x: 4.5, y: 6, width: 50, height: 52.25 }, score: 0.75 })
  expect(first!.faces[0]!.points).toHaveLength(136)
  expect(second!.alignment).toMatchObject({ by: 'hand', quad: [0, 0, 0, 64, 64, 64, 64, 0] })
  const { setup } = project
  expect(setup).toMatchObject({ look: 'look', landmarks: 'landmarks', device: 'cpu' })
  expect(setup.sources).toEqual([null, 'look', 'look', null, null, null, null, null, null])
  expect(setup.points).toEqual([{ index: 48, x: 0.25, y: 0.75 }])
  expect(setup.models).toEqual({ generator: 'mien-pack' })
  expect(setup.settings).toMatchObject({ seed: 1234, steps: 500, space: 'w', live: true })
  expect(setup.settings.groupWeights).toEqual([0, 1, 1, 0.1, 1, 2, 2, 5, 5])
}

/** What those say that know of films. */
async function expectDriven(id: string, { drivers, setup }: Project): Promise<void> {
  expect(drivers).toEqual([
    { id: 'smile', name: 'Smile', frames: 75, seconds: 3, clip: null, squares: false, template: 'smile' },
  ])
  expect(setup.driver).toBe('smile')
  expect(setup.film).toMatchObject({ mode: 'own', pose: 0.5, expression: 1.25, smoothing: 7 })
  const { motion } = await openDriver(await store.driverFolder(id, 'smile'))
  expect(motion.times).toHaveLength(75)
}

describe('a project of', () => {
  test('every version there ever was is kept', () => {
    expect(released.sort()).toEqual(Array.from({ length: projectVersion }, (_, n) => `v${n + 1}`))
  })

  test.each(released)('%s opens whole, and can be changed', async (name) => {
    const id = await laid(name)
    const { project, damage, readOnly } = await store.open(id)
    expect({ damage, readOnly }).toEqual({ damage: [], readOnly: null })
    expectSaid(project)
    if (project.drivers.length > 0) await expectDriven(id, project)
    expect(project.drivers).toHaveLength(name === 'v1' ? 0 : 1)
    for (const { sha256, bytes } of project.pictures) {
      expect((await store.readFile(id, sha256)).length).toBe(bytes)
    }
    expect([...(await store.runs(id))].sort()).toEqual([studioRun, 'first-run'])
    expect((await store.thumbnail(id))!.length).toBeGreaterThan(1000)
    await store.change(id, (now) => ({ ...now, name: 'Changed' }))
    await store.dispose()
    expect((await store.open(id)).project.name).toBe('Changed')
  })

  test.each(released)('%s shows its run, the way to it and what came of it', async (name) => {
    const id = await laid(name)
    const spawn = () => {
      throw new Error('an engine was started')
    }
    const { service, close } = await openStudio({
      ...{
        home,
        spawn,
        host: 'app',
        uploads: { path: () => undefined, release: async () => undefined },
        emit: () => undefined,
      },
    })
    const run = { project: id, run: studioRun }
    const { runs } = await service['projects.open']({ project: id })
    expect(runs.sort((a, b) => a.step - b.step)).toMatchObject([
      { id: 'first-run', name: 'look + landmarks', state: 'done', step: 5, device: 'cpu' },
      { id: studioRun, name: 'Look and landmarks', state: 'done', step: 100 },
    ])
    expect((await service['runs.history'](run)).map(({ step }) => step)).toEqual([1, 100])
    expect((await service['runs.metrics']({ ...run, from: 0 })).rows).toHaveLength(100)
    const npz = { what: 'latent', format: 'npz' } as const
    expect((await service['runs.export']({ ...run, export: npz })).bytes.length).toBeGreaterThan(7000)
    await close()
  })
})

describe('a project of a newer Mien', () => {
  test('is shown as far as it is understood, and left as it is', async () => {
    const id = await laid('newer')
    const path = join(home, 'projects', 'Two faces.mien', 'project.json')
    const before = readFileSync(path)
    expect((await store.list())[0]).toMatchObject({
      name: 'Two faces',
      trouble: expect.stringMatching(/newer Mien/),
    })
    const { project, damage, readOnly } = await store.open(id)
    expect(damage).toEqual([])
    expect(readOnly).toMatch(/newer Mien/)
    expectSaid(project)
    const refused = { code: 'wrong-use', message: expect.stringMatching(/newer Mien/) }
    await expect(store.change(id, (now) => ({ ...now, name: 'x' }))).rejects.toMatchObject(refused)
    await expect(store.addFile(id, new Uint8Array(3))).rejects.toMatchObject(refused)
    await expect(store.setThumbnail(id, new Uint8Array(3))).rejects.toMatchObject(refused)
    expect(readFileSync(path)).toEqual(before)
  })

  test('travels, is copied and is removed with all that it says', async () => {
    const id = await laid('newer')
    const [copy] = await store.duplicate([id])
    const unpacked = await store.unpack('Two faces.mienz', await store.pack(id))
    for (const { name } of [copy!, unpacked]) {
      const path = join(home, 'projects', `${name}.mien`, 'project.json')
      const fields = JSON.parse(readFileSync(path, 'utf8'))
      expect(fields).toMatchObject({ version: 1000, mood: expect.any(String), setup: { lighting: 0.5 } })
      expect(fields.pictures).toHaveLength(3)
    }
    await store.remove([id])
    expect(await store.bin()).toMatchObject([{ id, name: 'Two faces' }])
  })
})
