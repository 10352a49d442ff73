import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as mb from 'mediabunny'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { blankImage, paste } from '../../src/engine/picture/drawing.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { openClip } from '../../src/node/clips/clip.ts'
import { openFilmWriter } from '../../src/node/video/film-writer.ts'
import { hasChromium } from '../web/studio.ts'
import { drawnFrame, height, numberIn, width } from './drawn-video.ts'

const home = mkdtempSync(join(tmpdir(), 'mien-films-'))
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(home, 'film-'))
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** A frame that shows its number, of 0 to 255. */
function numbered(number: number): Image {
  return { width, height, data: drawnFrame(number & 255).filter((_, i) => i % 4 < 3) }
}

interface Timing {
  readonly timescale: number
  readonly times: readonly number[]
  /** When the last frame ends. */
  readonly end: number
}

async function written(path: string, { timescale, times, end }: Timing, first = 0): Promise<string> {
  const film = await openFilmWriter(path, { format: 'mp4', width, height, timescale })
  for (const [i, time] of times.entries())
    await film.add(numbered(first + i), time, (times[i + 1] ?? end) - time)
  await film.finish()
  return path
}

/** The times of 29.97 frames a second. */
const ntsc = (count: number): Timing => ({
  timescale: 30_000,
  times: Array.from({ length: count }, (_, i) => i * 1001),
  end: count * 1001,
})

async function videoIn(path: string) {
  const input = new mb.Input({ source: new mb.FilePathSource(path), formats: [mb.MP4] })
  const track = (await input.getPrimaryVideoTrack())!
  const packets = async (options: mb.PacketRetrievalOptions) => {
    const found: mb.EncodedPacket[] = []
    for await (const packet of new mb.EncodedPacketSink(track).packets(undefined, undefined, options))
      found.push(packet)
    return found
  }
  return { track, packets }
}

describe('an MP4', () => {
  const timing = ntsc(150)
  const several = join(home, 'several.mp4')
  beforeAll(async () => {
    await written(several, timing)
  })

  test('has the exact times of 29.97 frames a second, over several segments', async () => {
    const { facts } = await openClip(several)
    expect(facts).toEqual({
      ...{ codec: 'avc', width, height, rotation: 0, missing: 0 },
      ...{ timescale: 30_000, times: timing.times, duration: timing.end },
    })
  })

  test('keeps uneven times, counted from its first frame', async () => {
    const times = Array.from({ length: 70 }, (_, i) => 7 + i * 3600 + (i % 5) * 311)
    const end = times.at(-1)! + 12_345
    const { facts } = await openClip(
      await written(join(folder, 'film.mp4'), { timescale: 90_000, times, end }),
    )
    expect(facts).toMatchObject({
      timescale: 90_000,
      times: times.map((time) => time - 7),
      duration: end - 7,
    })
  })

  test('rounds ticks finer than a millionth of a second', async () => {
    const times = [0, 333_333, 666_667].map((time) => time * 10)
    const { facts } = await openClip(
      await written(join(folder, 'film.mp4'), { timescale: 10_000_000, times, end: 10_000_000 }),
    )
    expect(facts).toMatchObject({ timescale: 1_000_000, times: [0, 333_333, 666_667], duration: 1_000_000 })
  })

  test('says which of its frames are whole, and that its colours are those of BT.709', async () => {
    const { track, packets } = await videoIn(several)
    const said = (await packets({})).map(({ type }) => type)
    expect(said).toEqual((await packets({ verifyKeyPackets: true })).map(({ type }) => type))
    expect(said.flatMap((type, i) => (type === 'key' ? [i] : []))).toEqual([0, 64, 128])
    expect((await track.getDecoderConfig())?.colorSpace).toEqual({
      ...{ primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false },
    })
    expect(readFileSync(several, 'latin1')).toContain('colrnclx\0\x01\0\x01\0\x01\0')
  })

  test('carries metadata behind everything else', async () => {
    const path = join(folder, 'film.mp4')
    const film = await openFilmWriter(path, { format: 'mp4', width, height, timescale: 30, xmp: '<x/>' })
    await film.add(numbered(0), 0, 1)
    await film.finish()
    expect(readFileSync(path, 'latin1').endsWith('<x/>')).toBe(true)
    expect((await openClip(path)).facts.times).toEqual([0])
  })

  test.runIf(hasChromium)('shows its frames, from the first or wound to any', async () => {
    const clip = await openClip(several)
    const numbers: number[] = []
    for await (const { image } of clip.frames()) numbers.push(numberIn(image))
    expect(numbers).toEqual(Array.from({ length: 150 }, (_, i) => i))
    for (const from of [63, 64, 100]) {
      for await (const { image } of clip.frames(from, from + 1)) expect(numberIn(image)).toBe(from)
    }
  })

  test.runIf(hasChromium)('has even sides, by its last row and column once more', async () => {
    const path = join(folder, 'film.mp4')
    const picture = blankImage(61, 47, [40, 60, 80])
    paste(picture, blankImage(12, 47, [200, 120, 60]), 49, 0)
    const film = await openFilmWriter(path, { format: 'mp4', width: 61, height: 47, timescale: 30 })
    await film.add(picture, 0, 1)
    await film.finish()
    for await (const { image } of (await openClip(path)).frames()) {
      expect(image).toMatchObject({ width: 62, height: 48 })
      for (const [x, y, colour] of [
        [61, 47, [200, 120, 60]],
        [61, 5, [200, 120, 60]],
        [5, 47, [40, 60, 80]],
      ] as const) {
        const at = 3 * (y * 62 + x)
        for (const channel of [0, 1, 2])
          expect(Math.abs(image.data[at + channel]! - colour[channel]!)).toBeLessThan(8)
      }
    }
  })

  test('is as it is when several are written at once', async () => {
    const [first, second] = await Promise.all([
      written(join(folder, 'first.mp4'), ntsc(70)),
      written(join(folder, 'second.mp4'), ntsc(80), 100),
    ])
    const dataOf = async (path: string) => (await (await videoIn(path)).packets({})).map(({ data }) => data)
    const alone = await written(join(folder, 'alone.mp4'), ntsc(80), 100)
    expect(await dataOf(second)).toEqual(await dataOf(alone))
    expect(await dataOf(first)).toHaveLength(70)
  })

  test('needs the same memory, however long', () => {
    const [short, long] = [mostHeld(100), mostHeld(1500)]
    expect(long - short).toBeLessThan(50 * 10 ** 6)
  })
})

/** The most bytes that a process held which wrote a film of so many frames. */
function mostHeld(count: number): number {
  const module = join(import.meta.dirname, '../../dist/node/video/film-writer.js')
  const script = `
    import { openFilmWriter } from ${JSON.stringify(pathToFileURL(module).href)}
    const [width, height] = [192, 192]
    const film = await openFilmWriter(${JSON.stringify(join(folder, `${count}.mp4`))}, { format: 'mp4', width, height, timescale: 30 })
    const data = new Uint8Array(width * height * 3)
    const noise = new Uint32Array(1).fill(1)
    for (let i = 0; i < ${count}; i++) {
      for (let at = 0; at < data.length; at++) {
        noise[0] = noise[0] * 1664525 + 1013904223
        data[at] = noise[0] >>> 24
      }
      await film.add({ width, height, data }, i, 1)
    }
    await film.finish()
    console.log(process.resourceUsage().maxRSS * 1024)`
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }))
}

describe('a film that is not finished', () => {
  test('leaves nothing, and what was there before as it was', async () => {
    const path = join(folder, 'film.mp4')
    writeFileSync(path, 'before')
    const film = await openFilmWriter(path, { format: 'mp4', width, height, timescale: 30 })
    for (let i = 0; i < 70; i++) await film.add(numbered(i), i, 1)
    expect(readFileSync(path, 'latin1')).toBe('before')
    expect(readdirSync(folder)).toHaveLength(2)
    await film.abandon()
    await film.abandon()
    expect(readdirSync(folder)).toEqual(['film.mp4'])
  })

  test('stays when it is abandoned after its end', async () => {
    const path = join(folder, 'film.mp4')
    const film = await openFilmWriter(path, { format: 'mp4', width, height, timescale: 30 })
    await film.add(numbered(0), 0, 1)
    await film.finish()
    await film.abandon()
    expect(existsSync(path)).toBe(true)
  })

  test('without a frame is refused', async () => {
    const film = await openFilmWriter(join(folder, 'film.mp4'), {
      format: 'mp4',
      width,
      height,
      timescale: 30,
    })
    await expect(film.finish()).rejects.toMatchObject({ code: 'wrong-use' })
    await film.abandon()
    expect(readdirSync(folder)).toEqual([])
  })

  test('cannot begin where no folder is', async () => {
    await expect(
      openFilmWriter(join(folder, 'none', 'film.mp4'), { format: 'mp4', width, height, timescale: 30 }),
    ).rejects.toMatchObject({ code: 'unwritable' })
  })
})
