import {
  chmodSync,
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
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { unwritable } from '../../src/node/file-faults.ts'
import {
  makeFolder,
  openLineFile,
  readWholeFile,
  requireWritable,
  writeFileAtomic,
} from '../../src/node/files.ts'

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
