import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { folderSize } from '../../src/node/host/folder-size.ts'

test('counts the files of a folder and below, and follows no link', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mien-size-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'a', 'b'), { recursive: true })
  writeFileSync(join(folder, 'x'), 'four')
  writeFileSync(join(folder, 'a', 'b', '.hidden'), 'seven..')
  symlinkSync(tmpdir(), join(folder, 'a', 'elsewhere'))
  expect(await folderSize(folder)).toBe(11)
  expect(await folderSize(join(folder, 'nowhere'))).toBe(0)
})
