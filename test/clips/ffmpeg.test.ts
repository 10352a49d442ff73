import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { openClip } from '../../src/node/clips/clip.ts'
import { browserPath, hasChromium } from '../web/studio.ts'
import { codedInH264, contained, height, mp4, renamed, steady, width } from './drawn-video.ts'

const folder = mkdtempSync(join(tmpdir(), 'mien-ffmpeg-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterAll(() => vi.unstubAllEnvs())

/** Speaks as ffmpeg does, of frames of one grey each; every third one it makes nothing of. */
function standIn(frames: number, { shift = 0, exitCode = 0 } = {}): string {
  return `#!${process.execPath}
    const { writeFileSync, writeSync } = require('node:fs')
    writeFileSync(${JSON.stringify(join(folder, 'arguments.json'))}, JSON.stringify(process.argv.slice(2)))
    const write = (file, bytes) => {
      for (let at = 0; at < bytes.length; ) {
        try { at += writeSync(file, bytes, at) } catch (error) { if (error.code !== 'EAGAIN') throw error }
      }
    }
    const say = (text) => write(2, Buffer.from('[Parsed_showinfo_2 @ 0x55] ' + text + '\\n'))
    say('config in time_base: 1/60000, frame_rate: 30/1')
    for (let i = 0; i < ${frames}; i++) {
      if (i % 3 === 2) continue
      say('n:' + String(i).padStart(4) + ' pts:' + String(i * 2000 + ${shift}).padStart(7) + ' pts_time:0 duration: 2000')
      write(1, Buffer.alloc(${width * height * 3}, i))
    }
    process.exit(${exitCode})`
}

function install(program: string): void {
  writeFileSync(join(folder, 'ffmpeg'), program)
  chmodSync(join(folder, 'ffmpeg'), 0o755)
}

const count = 12
const bytes = await codedInH264(count).then((coded) =>
  contained(coded, { format: mp4(), times: steady(count, 30), frameRate: 30 }),
)
const path = join(folder, 'film.mp4')
writeFileSync(path, bytes)

async function shown(path: string, from?: number, to?: number): Promise<number[][]> {
  const frames: number[][] = []
  for await (const { index, image } of (await openClip(path)).frames(from, to)) {
    frames.push([index, image.data[0]!])
  }
  return frames
}

// Windows runs no scripts by their first line.
describe.skipIf(process.platform === 'win32')('ffmpeg decodes where there is no Chromium', () => {
  beforeEach(() => {
    vi.stubEnv('CHROMIUM', join(folder, 'none'))
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`)
  })

  test.each([0, 731])('frames at the times that it tells, whatever zero it counts from', async (shift) => {
    install(standIn(count, { shift }))
    expect(await shown(path)).toEqual([0, 1, 3, 4, 6, 7, 9, 10].map((index) => [index, index]))
    expect(await shown(path, 3, 7)).toEqual([3, 4, 6].map((index) => [index, index]))
  })

  test('that one file is all it is let open', async () => {
    install(standIn(count))
    await shown(path)
    const { default: said } = await import(/* @vite-ignore */ join(folder, 'arguments.json'), {
      with: { type: 'json' },
    })
    expect(said.join(' ')).toContain(`-protocol_whitelist file -i file:${path} -map 0:V:0`)
  })

  test('an end before the end is told', async () => {
    install(standIn(5, { exitCode: 1 }))
    await expect(shown(path)).rejects.toThrow(/film\.mp4 is damaged somewhere after second 0\.1/)
    install(standIn(0, { exitCode: 1 }))
    await expect(shown(path)).rejects.toThrow(
      /film\.mp4 is coded in H\.264, which this ffmpeg does not decode/,
    )
  })

  test.runIf(hasChromium)('and where Chromium does not know the codec', async () => {
    vi.stubEnv('CHROMIUM', browserPath)
    install(standIn(count))
    const hevc = join(folder, 'hevc.mp4')
    writeFileSync(hevc, renamed(renamed(bytes, 'avc1', 'hvc1'), 'avcC', 'hvcC'))
    expect(await shown(hevc)).toHaveLength(8)
  })
})
