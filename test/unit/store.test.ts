import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder } from '../../src/node/host/files.ts'
import { sha256 } from '../../src/node/host/sha256.ts'
import { makeFolderStore, openFolderStore } from '../../src/node/store/folder-store.ts'
import { temporaryFolder } from '../cli/mien.ts'

const bytes = new TextEncoder().encode('a face')
const hash = sha256(bytes)
const pathIn = (folder: string, area: string) => join(folder, area, hash.slice(0, 2), hash)

test('what is put in lies under its hash, and is the same for all who open the store', async () => {
  const folder = join(temporaryFolder(), 'not', 'there', 'yet')
  const store = await makeFolderStore(folder)
  expect(await store.has('inputs', hash)).toBe(false)
  expect(await store.put('inputs', bytes)).toBe(hash)
  expect(await store.put('inputs', bytes)).toBe(hash)
  const other = await openFolderStore(folder)
  expect(other.id).toBe(store.id)
  expect((await makeFolderStore(folder)).id).toBe(store.id)
  expect(await other.has('inputs', hash)).toBe(true)
  expect(await other.has('results', hash)).toBe(false)
  expect(await other.read('inputs', hash, 100)).toEqual(Buffer.from(bytes))
  await expect(other.read('inputs', hash, 3)).rejects.toMatchObject({ code: 'bad-file' })
  const file = join(folder, 'copied')
  await other.fetch('inputs', hash, file)
  expect(await store.putFile('results', file)).toBe(hash)
  expect(await store.has('results', hash)).toBe(true)
  await store.remove('results', hash)
  await store.remove('results', hash)
  expect(await store.has('results', hash)).toBe(false)
})

test('what was changed, cut short, or is a link to elsewhere is never given out', async () => {
  const folder = temporaryFolder()
  const store = await makeFolderStore(folder)
  await store.put('inputs', bytes)
  const path = pathIn(folder, 'inputs')
  const target = join(folder, 'out', 'copy')
  for (const damage of ['another face', 'a fac', '']) {
    writeFileSync(path, damage)
    await expect(store.read('inputs', hash, 100)).rejects.toMatchObject({ code: 'mismatch' })
    await expect(store.fetch('inputs', hash, target)).rejects.toMatchObject({ code: 'mismatch' })
  }
  expect(() => readFileSync(target)).toThrow()
  const secret = join(folder, 'secret')
  writeFileSync(secret, bytes)
  rmSync(path)
  symlinkSync(secret, path)
  await expect(store.read('inputs', hash, 100)).rejects.toMatchObject({ code: 'mismatch' })
  expect(await store.has('inputs', hash)).toBe(false)
})

test('a file that is missing is told apart from a store that is', async () => {
  const folder = join(temporaryFolder(), 'store')
  const store = await makeFolderStore(folder)
  await expect(store.read('inputs', hash, 100)).rejects.toMatchObject({ code: 'mismatch' })
  renameSync(folder, `${folder}-unmounted`)
  await expect(store.read('inputs', hash, 100)).rejects.toMatchObject({ code: 'unreadable-file' })
  await expect(store.check()).rejects.toMatchObject({ code: 'unreadable-file' })
  await expect(openFolderStore(folder)).rejects.toMatchObject({ code: 'unreadable-file' })
  // What is mounted in its place may look alike.
  await makeFolderStore(folder)
  await expect(store.read('inputs', hash, 100)).rejects.toMatchObject({ code: 'unreadable-file' })
  mkdirSync(join(folder, 'x'))
  writeFileSync(join(folder, 'store.json'), '{"version": 2}')
  await expect(openFolderStore(folder)).rejects.toMatchObject({ code: 'bad-file' })
})

test('many at once make the folders that they need', async () => {
  const folder = temporaryFolder()
  for (let round = 0; round < 20; round++) {
    const deep = join(folder, `${round}`, 'a', 'b')
    await Promise.all(Array.from({ length: 8 }, (_, i) => makeFolder(join(deep, `${i % 4}`, 'c'))))
  }
})
