import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProjectStore } from '../../src/node/projects/library.ts'
import { manifestText } from '../../src/node/projects/manifest.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import { type Project, projectVersion } from '../../src/shared/project.ts'
import { full } from '../full.ts'

const count = full ? 2000 : 300
let home: string

function projectOf(n: number): Project {
  const points = Array.from({ length: 136 }, (_, k) => k * 3.217 + n)
  const face = { box: { x: 1.25, y: 2.5, width: 300.125, height: 400.5 }, score: 0.987, points }
  const picture = (id: string) => ({
    id,
    name: `${id}.jpg`,
    sha256: 'a'.repeat(64),
    bytes: 1_000_000,
    width: 3000,
    height: 4000,
    faces: [face],
    alignment: { by: 'face' as const, face: 0 },
  })
  const pictures = [picture('look'), picture('landmarks')]
  const times = { created: 1_700_000_000_000 + n, modified: 1_750_000_000_000 + n }
  const setup = emptySetup()
  return {
    format: 'mien-project',
    version: projectVersion,
    id: `project-${n}`,
    name: `Project ${n}`,
    ...times,
    pictures,
    drivers: [],
    setup,
  }
}

const folderOf = (n: number) => join(home, 'projects', `Project ${n}.mien`)

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'mien-listing-'))
  for (let n = 0; n < count; n++) {
    mkdirSync(join(folderOf(n), 'runs', 'run-1'), { recursive: true })
    writeFileSync(join(folderOf(n), 'project.json'), manifestText(projectOf(n)))
    writeFileSync(join(folderOf(n), 'thumbnail.webp'), 'x')
  }
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

test(`${count} projects are listed, and what did not change is not read again`, async () => {
  const store = createProjectStore({ folder: join(home, 'projects'), bin: join(home, 'bin') })
  const timed = async () => {
    const [begin, processor] = [performance.now(), process.cpuUsage()]
    const list = await store.list()
    const { user, system } = process.cpuUsage(processor)
    const milliseconds = performance.now() - begin
    return {
      list,
      text: `${milliseconds.toFixed(0)} ms (${((user + system) / 1000).toFixed(0)} of the processor)`,
    }
  }
  const cold = await timed()
  await timed()
  const warm = await timed()
  console.info(`${count} projects: at first ${cold.text}, again ${warm.text}`)
  expect(cold.list).toHaveLength(count)
  expect(cold.list[0]).toMatchObject({ id: `project-${count - 1}`, runs: 1 })
  expect(cold.list[0]!.thumbnail).not.toBeNull()

  // Another name in a file of the same size: whoever reads it sees it.
  const path = join(folderOf(7), 'project.json')
  const nameOf7 = async () => (await store.list()).find(({ id }) => id === 'project-7')?.name
  const become = (name: string, time: number) => {
    writeFileSync(path, manifestText({ ...projectOf(7), name }))
    utimesSync(path, new Date(0), new Date(time))
  }
  become('Project X', 1000)
  expect(await nameOf7()).toBe('Project X')
  become('Project Y', 1000)
  expect(await nameOf7()).toBe('Project X')
  become('Project Y', 2000)
  expect(await nameOf7()).toBe('Project Y')
})
