import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { makeTemporaryFolder } from '../../src/node/host/temporary-folder.ts'

const home = mkdtempSync(join(tmpdir(), 'mien-temporary-'))
beforeAll(() => {
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(name, home)
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(home, { recursive: true, force: true })
})

test('folders that ended processes left are removed, and none that merely begins alike', async () => {
  const ended = spawnSync(process.execPath, ['--version']).pid
  const kept = [
    `mien-film-${process.pid}-x`,
    `mien-film-${ended}pCES`,
    `mien-film-${ended}`,
    `mien-clip-${ended}-x`,
    `my-mien-film-${ended}-x`,
  ]
  for (const name of [`mien-film-${ended}-x`, ...kept]) {
    mkdirSync(join(home, name))
    writeFileSync(join(home, name, 'frame.png'), '')
  }
  const made = await makeTemporaryFolder('film')
  expect(basename(made).startsWith(`mien-film-${process.pid}-`)).toBe(true)
  expect(readdirSync(home).sort()).toEqual([basename(made), ...kept].sort())
})
