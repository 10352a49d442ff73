import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { unwritable } from '../../src/node/host/file-faults.ts'
import {
  claimFile,
  copyWholeFile,
  entriesIn,
  flushFolder,
  makeFolder,
  openLineFile,
  readWholeFile,
  renameFolder,
  requireWritable,
  statusOf,
  temporaryName,
  temporaryWriter,
  writeFileAtomic,
} from '../../src/node/host/files.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mien-files-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('atomic writes', () => {
  test('replace a file and leave nothing beside it', async () => {
    const path = join(folder, 'a.txt')
    await writeFileAtomic(path, 'one')
    await writeFileAtomic(path, new Uint8Array([50, 51]))
    expect(readFileSync(path, 'utf8')).toBe('23')
    expect(readdirSync(folder)).toEqual(['a.txt'])
  })

  test('that fail leave what was there, and no temporary file', async () => {
    mkdirSync(join(folder, 'taken'))
    writeFileSync(join(folder, 'taken', 'inside'), 'x')
    await expect(writeFileAtomic(join(folder, 'taken'), 'y')).rejects.toMatchObject({ code: 'unwritable' })
    expect(readdirSync(folder)).toEqual(['taken'])
    expect(readFileSync(join(folder, 'taken', 'inside'), 'utf8')).toBe('x')
  })

  test('many at once to one file end with one of the contents whole', async () => {
    const path = join(folder, 'raced')
    const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(10_000))
    await Promise.all(contents.map((content) => writeFileAtomic(path, content)))
    expect(contents).toContain(readFileSync(path, 'utf8'))
    expect(readdirSync(folder)).toEqual(['raced'])
  })

  test('of an empty file and of a long name work', async () => {
    await writeFileAtomic(join(folder, 'empty'), '')
    await writeFileAtomic(join(folder, 'n'.repeat(200)), 'x')
    expect(readdirSync(folder)).toHaveLength(2)
  })
})

describe('folders', () => {
  test('are made with their parents, and taken back as far as they are empty', async () => {
    const undo = await makeFolder(join(folder, 'a', 'b', 'c'))
    writeFileSync(join(folder, 'a', 'kept'), 'x')
    await undo()
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['a', join('a', 'kept')])
  })

  test('that were there before stay', async () => {
    const undo = await makeFolder(folder)
    await undo()
    expect(existsSync(folder)).toBe(true)
  })

  test('a file in the way is told', async () => {
    writeFileSync(join(folder, 'file'), 'x')
    await expect(makeFolder(join(folder, 'file'))).rejects.toMatchObject({ code: 'unwritable' })
    await expect(makeFolder(join(folder, 'file', 'below'))).rejects.toThrow(/part of the path is a file/)
  })

  test('more space than any disk has is refused with both numbers', async () => {
    await expect(requireWritable(folder, 2 ** 60)).rejects.toThrow(/MiB are free, .* MiB are needed/)
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('reading', () => {
  test('says why not', async () => {
    const missing = join(folder, 'missing')
    await expect(readWholeFile(missing, 10)).rejects.toMatchObject({
      code: 'unreadable-file',
      message: `${missing} does not exist.`,
    })
    await expect(readWholeFile(folder, 10)).rejects.toThrow(/is a folder/)
    writeFileSync(join(folder, 'large'), 'x'.repeat(11))
    await expect(readWholeFile(join(folder, 'large'), 10)).rejects.toMatchObject({ code: 'bad-file' })
    expect(await readWholeFile(join(folder, 'large'), 11)).toHaveLength(11)
  })

  test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('a closed file is told', async () => {
    writeFileSync(join(folder, 'closed'), 'x')
    chmodSync(join(folder, 'closed'), 0)
    await expect(readWholeFile(join(folder, 'closed'), 10)).rejects.toThrow(/may not be read/)
  })
})

describe('what stands in a folder', () => {
  test('is told by name and kind, links as what they are', async () => {
    mkdirSync(join(folder, 'b'))
    writeFileSync(join(folder, 'a'), 'xyz')
    if (process.platform !== 'win32') symlinkSync(join(folder, 'a'), join(folder, 'c'))
    expect((await entriesIn(folder)).slice(0, 2)).toEqual([
      { name: 'a', kind: 'file' },
      { name: 'b', kind: 'folder' },
    ])
    expect(await statusOf(join(folder, 'a'))).toMatchObject({ kind: 'file', size: 3 })
    if (process.platform !== 'win32')
      expect(await statusOf(join(folder, 'c'))).toMatchObject({ kind: 'other' })
    expect(await statusOf(join(folder, 'none'))).toBeUndefined()
    expect(await statusOf(join(folder, 'a', 'none'))).toBeUndefined()
    expect(await entriesIn(join(folder, 'none'))).toEqual([])
    await expect(entriesIn(join(folder, 'a'))).rejects.toMatchObject({ code: 'unreadable-file' })
  })

  test('is moved to a free name only', async () => {
    for (const name of ['a', 'b']) mkdirSync(join(folder, name))
    writeFileSync(join(folder, 'a', 'x'), 'x')
    await expect(renameFolder(join(folder, 'a'), join(folder, 'b'))).rejects.toMatchObject({
      code: 'unwritable',
    })
    await renameFolder(join(folder, 'a'), join(folder, 'c'))
    expect(readdirSync(folder).sort()).toEqual(['b', 'c'])
    expect(readdirSync(join(folder, 'c'))).toEqual(['x'])
  })

  test('is flushed, or it is said why not', async () => {
    await flushFolder(folder)
    if (process.platform === 'win32') return
    await expect(flushFolder(join(folder, 'none'))).rejects.toMatchObject({ code: 'unwritable' })
  })
})

describe('a file', () => {
  test('is claimed by one of many', async () => {
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, n) => claimFile(join(folder, 'lock'), String(n).repeat(100))),
    )
    expect(claims.filter((claimed) => claimed)).toHaveLength(1)
    const winner = String(claims.indexOf(true)).repeat(100)
    expect(readFileSync(join(folder, 'lock'), 'utf8')).toBe(winner)
    expect(readdirSync(folder)).toEqual(['lock'])
    await expect(claimFile(join(folder, 'none', 'lock'), 'x')).rejects.toMatchObject({ code: 'unwritable' })
  })

  test('is copied, and never over another', async () => {
    writeFileSync(join(folder, 'a'), 'x')
    await copyWholeFile(join(folder, 'a'), join(folder, 'b'))
    expect(readFileSync(join(folder, 'b'), 'utf8')).toBe('x')
    await expect(copyWholeFile(join(folder, 'a'), join(folder, 'b'))).rejects.toMatchObject({
      code: 'unwritable',
    })
  })

  test('that is not whole yet says who writes it', () => {
    expect(temporaryWriter(basename(temporaryName('/x/Anna.mien')))).toBe(process.pid)
    expect(temporaryWriter('.hidden.tmp')).toBeUndefined()
    expect(temporaryWriter('project.json')).toBeUndefined()
  })
})

test('lines are there as soon as they are appended', async () => {
  const path = join(folder, 'log')
  const log = await openLineFile(path)
  await log.append('{"a":1}')
  expect(readFileSync(path, 'utf8')).toBe('{"a":1}\n')
  await log.append('{"a":2}')
  await log.close()
  expect(readFileSync(path, 'utf8')).toBe('{"a":1}\n{"a":2}\n')
})

test('lines that are kept stay before those that come', async () => {
  const path = join(folder, 'log')
  writeFileSync(path, 'one\ntw')
  const log = await openLineFile(path, ['one'])
  await log.append('two')
  await log.close()
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n')
})

test.each(['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT', 'EIO'])(
  '%s becomes a sentence with advice',
  (code) => {
    const error = unwritable('/x', Object.assign(new Error('raw'), { code }))
    expect(error.code).toBe('unwritable')
    expect(error.message).toMatch(/^\/x cannot be written: .+\.$/)
    expect(error.hint).toMatch(/\.$/)
  },
)
