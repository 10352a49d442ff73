import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { openClip } from '../../src/node/clips/clip.ts'
import { collectGarbage } from '../../src/node/host/garbage.ts'
import { handover } from '../../src/node/host/handover.ts'
import { hasChromium } from '../web/studio.ts'
import { codedInH264, contained, mp4, numberIn, steady } from './drawn-video.ts'

const folder = mkdtempSync(join(tmpdir(), 'mien-bounds-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('from hand to hand', () => {
  test('who gives waits for who takes', async () => {
    const { give, take, end } = handover<number>()
    let taken = 0
    const giving = give(1).then(() => taken++)
    await Promise.resolve()
    expect(taken).toBe(0)
    expect(await take()).toBe(1)
    await giving
    const taking = take()
    await give(2)
    expect(await taking).toBe(2)
    end()
    expect(await take()).toBeUndefined()
  })

  test('what was given before the end is taken, then the end is told', async () => {
    const { give, take, end } = handover<number>()
    void give(1)
    end(new Error('over'))
    end()
    expect(await take()).toBe(1)
    await expect(take()).rejects.toThrow('over')
  })
})

describe.runIf(hasChromium)('a clip in Chromium', () => {
  // Two hundred of its frames have 147 MB.
  const scale = 4

  async function clipOf(count: number): Promise<string> {
    const path = join(folder, `${count}.mp4`)
    const coded = await codedInH264(20, scale)
    writeFileSync(path, await contained(coded, { format: mp4(), times: steady(count, 30) }))
    return path
  }

  /** The most bytes that were held while the clip was gone through. */
  async function mostHeld(path: string): Promise<number> {
    let most = 0
    for await (const { index, image } of (await openClip(path)).frames()) {
      expect(numberIn(image)).toBe(index % 20)
      if (index % 20 !== 19) continue
      collectGarbage()
      most = Math.max(most, process.memoryUsage().arrayBuffers)
    }
    return most
  }

  test('of any length needs the same memory', async () => {
    const [short, long] = [await mostHeld(await clipOf(40)), await mostHeld(await clipOf(200))]
    // All frames more would be 118 MB; buffers that were let go are freed a while later.
    expect(long - short).toBeLessThan(60 * 10 ** 6)
  })

  test.runIf(existsSync('/proc/self/cmdline'))(
    'ends with the process that opened it, even if that is killed',
    async () => {
      const module = join(import.meta.dirname, '../../dist/node/clips/clip.js')
      const script = `
      import { openClip } from ${JSON.stringify(pathToFileURL(module).href)}
      for await (const { index } of (await openClip(${JSON.stringify(await clipOf(40))})).frames()) {
        console.log(index)
        await new Promise(() => setTimeout(() => undefined, 100_000))
      }`
      const host = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await new Promise((resolve) => host.stdout.once('data', resolve))
      const left = readdirSync(tmpdir()).filter((name) => name.startsWith(`mien-chromium-${host.pid}-`))
      expect(left).toHaveLength(1)
      expect(namedBy(left[0]!)).not.toHaveLength(0)
      await killed(host)
      await vi.waitFor(() => expect(namedBy(left[0]!)).toEqual([]), { timeout: 10_000 })
      // The next one clears up after it.
      for await (const { index } of (await openClip(await clipOf(40))).frames(0, 1)) expect(index).toBe(0)
      expect(existsSync(join(tmpdir(), left[0]!))).toBe(false)
    },
  )
})

/** Processes with that word among their arguments. */
function namedBy(word: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word)
    } catch {
      return false
    }
  })
}

function killed(child: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGKILL')
  return gone
}
