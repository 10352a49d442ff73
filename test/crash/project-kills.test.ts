import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createProjectStore } from '../../src/node/projects/library.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import { temporaryFolder } from '../cli/mien.ts'
import { full } from '../full.ts'
import { dice } from './dice.ts'

const kills = full ? 1000 : 20
/** How long after its first word the saver lives, in milliseconds. */
const longest = 120

/** Starts the saver; `said` is called with its first word, `ended` fulfilled with all that it told once it was killed. */
function startSaver(args: readonly string[], said: (child: ChildProcess) => void) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'project-saver.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let told = ''
  let complaint = ''
  child.stderr.on('data', (chunk) => {
    complaint += chunk
  })
  child.stdout.on('data', (chunk) => {
    const isFirst = told === ''
    told += chunk
    if (isFirst) said(child)
  })
  return new Promise<string>((resolve, reject) => {
    child.on('close', (_code, signal) => {
      if (signal === 'SIGKILL') resolve(told)
      else reject(new Error(`the saver ended by itself: ${complaint}`))
    })
  })
}

/** Kills the saver at a moment of its work; gives the last change that it told. */
async function killedSaver(args: readonly string[], milliseconds: number): Promise<number> {
  const told = await startSaver(args, (child) => {
    setTimeout(() => child.kill('SIGKILL'), milliseconds)
  })
  return Number(told.trim().split('\n').at(-1))
}

test('a project that a living program has open names it, and is free once that was killed', async () => {
  const home = temporaryFolder()
  const place = { folder: join(home, 'projects'), bin: join(home, 'bin') }
  const store = createProjectStore(place)
  const { id } = await store.create('0', emptySetup())
  let seen: Awaited<ReturnType<typeof store.open>> | undefined
  let owner: number | undefined
  await startSaver([place.folder, place.bin, id], async (child) => {
    owner = child.pid
    seen = await store.open(id).finally(() => child.kill('SIGKILL'))
  })
  expect(seen?.readOnly).toMatch(new RegExp(`open in another Mien on this machine \\(process ${owner},`))
  expect(await store.open(id)).toMatchObject({ damage: [], readOnly: null })
  await store.dispose()
})

test(
  `a program killed while it saves loses nothing that it acknowledged (${kills} kills)`,
  async () => {
    const home = temporaryFolder()
    const place = { folder: join(home, 'projects'), bin: join(home, 'bin') }
    const store = createProjectStore(place)
    const { id } = await store.create('0', emptySetup())
    const random = dice(7)
    let struckAWrite = 0
    let saves = 0
    for (let kill = 0; kill < kills; kill++) {
      const told = await killedSaver([place.folder, place.bin, id], random() * longest)
      const names = () => readdirSync(home, { recursive: true, encoding: 'utf8' })
      if (names().some((name) => name.endsWith('.tmp'))) struckAWrite++
      const { project, damage, readOnly } = await store.open(id)
      // Acknowledged, or the next one, which was written and not told any more.
      expect([told, told + 1], `kill ${kill}`).toContain(Number(project.name))
      expect({ damage, readOnly }).toEqual({ damage: [], readOnly: null })
      const last = Number(project.name)
      const first = Math.max(1, last - 19)
      const pictures = Array.from({ length: last - first + 1 }, (_, n) => `${first + n}.png`)
      expect(project.pictures.map(({ name }) => name)).toEqual(last === 0 ? [] : pictures)
      expect(names().filter((name) => name.endsWith('.tmp'))).toEqual([])
      saves = last
      await store.close(id)
    }
    console.info(
      `kills: ${kills} while saving (${struckAWrite} left a file half written), ${saves} saves, none lost`,
    )
    expect(struckAWrite).toBeGreaterThan(0)
    expect(saves).toBeGreaterThan(0)
  },
  kills * 10_000,
)
