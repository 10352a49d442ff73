import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createProjectStore } from '../../src/node/projects/library.ts'
import { addExample, exampleFile } from '../../src/node/studio/example-project.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mien-example-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const folder = () => join(home, 'projects')
const library = () => createProjectStore({ folder: folder(), bin: join(home, 'bin') })

/** A packed project as small as can be. */
async function packed(): Promise<string> {
  const other = createProjectStore({ folder: join(home, 'other'), bin: join(home, 'other-bin') })
  const { id } = await other.create('Example', emptySetup())
  const file = join(home, 'example.mienz')
  writeFileSync(file, await other.pack(id))
  await other.dispose()
  return file
}

test('a library begins with the example, and gets it once', async () => {
  const file = await packed()
  const store = library()
  const id = await addExample(store, folder(), file)
  expect(await store.list()).toMatchObject([{ id, name: 'Example' }])
  await store.remove([id!])
  expect(await addExample(library(), folder(), file)).toBeNull()
  expect(await library().list()).toEqual([])
})

test('one that is there is left alone', async () => {
  mkdirSync(folder())
  expect(await addExample(library(), folder(), await packed())).toBeNull()
  expect(await library().list()).toEqual([])
})

test('an example that is missing or damaged is no failure', async () => {
  expect(await addExample(library(), folder(), join(home, 'nowhere.mienz'))).toBeNull()
  const damaged = join(home, 'damaged.mienz')
  writeFileSync(damaged, 'no zip')
  expect(await addExample(library(), folder(), damaged)).toBeNull()
})

test('the example that comes with Mien is small, finished, and names no place of the machine that made it', async () => {
  expect(existsSync(exampleFile())).toBe(true)
  expect(readFileSync(exampleFile()).length).toBeLessThan(2 * 2 ** 20)
  const store = library()
  const id = (await addExample(store, folder()))!
  const { project, damage, readOnly } = await store.open(id)
  expect({ damage, readOnly }).toEqual({ damage: [], readOnly: null })
  expect(project.pictures.map(({ name }) => name)).toEqual(['look.jpg', 'expression.jpg'])
  expect(await store.thumbnail(id)).not.toBeNull()
  const [run] = await store.runs(id)
  const runFolder = await store.runFolder(id, run!)
  const read = (name: string) => readFileSync(join(runFolder, name))
  expect(JSON.parse(read('card.json').toString())).toMatchObject({ state: 'done', failure: null })
  for (const name of ['proj.png', 'projected_w.npz', 'noise.npz', 'target_look.png', 'metrics.ndjson']) {
    expect(read(name).length).toBeGreaterThan(100)
  }
  for (const name of ['card.json', 'run.json']) {
    expect(read(name).toString()).not.toMatch(/"(\/|[A-Z]:\\\\)/)
  }
  await store.dispose()
})
