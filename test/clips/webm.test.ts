import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as mb from 'mediabunny'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { blankImage } from '../../src/engine/picture/drawing.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { openClip } from '../../src/node/clips/clip.ts'
import { codecDelayIn } from '../../src/node/video/codec-delay.ts'
import { openFilmWriter } from '../../src/node/video/film-writer.ts'
import { withPreSkip } from '../../src/node/video/opus-head.ts'
import { hasChromium } from '../web/studio.ts'
import { tone, toneHeardIn, toneInOpus } from './browser-sound.ts'
import { type CodedSound, countedSound, rate, soundIn, withSound } from './drawn-sound.ts'
import { codedInH264, drawnFrame, height, numberIn, width } from './drawn-video.ts'

const home = mkdtempSync(join(tmpdir(), 'mien-webm-'))
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(home, 'film-'))
})
afterEach(() => vi.unstubAllEnvs())
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** A frame that shows its number, of 0 to 255. */
function numbered(number: number): Image {
  return { width, height, data: drawnFrame(number & 255).filter((_, i) => i % 4 < 3) }
}

const film = (): string => join(folder, 'film.webm')
const open = (plan: object = {}) =>
  openFilmWriter(film(), { format: 'webm', width, height, timescale: 30_000, ...plan })

async function videoIn(path: string) {
  const input = new mb.Input({ source: new mb.FilePathSource(path), formats: [mb.WEBM] })
  const track = (await input.getPrimaryVideoTrack())!
  const packets: mb.EncodedPacket[] = []
  for await (const packet of new mb.EncodedPacketSink(track).packets()) packets.push(packet)
  const found = { config: await track.getDecoderConfig(), packets, tags: await input.getMetadataTags() }
  input.dispose()
  return found
}

describe.runIf(hasChromium)('a WebM', () => {
  test('has its frames at the times of 29.97 frames a second, to a thousandth, and can be wound', async () => {
    const writer = await open({ xmp: '<x/>' })
    for (let i = 0; i < 150; i++) await writer.add(numbered(i), 700 + i * 1001, 1001)
    await writer.finish()
    const clip = await openClip(film())
    expect(clip.facts).toEqual({
      ...{ codec: 'vp9', width, height, rotation: 0, missing: 0, timescale: 1000 },
      times: Array.from({ length: 150 }, (_, i) => expect.closeTo((i * 1001) / 30, -0.1)),
      duration: expect.closeTo((150 * 1001) / 30, -0.4),
    })
    const numbers: number[] = []
    for await (const { image } of clip.frames()) numbers.push(numberIn(image))
    expect(numbers).toEqual(Array.from({ length: 150 }, (_, i) => i))
    for await (const { image } of clip.frames(100, 101)) expect(numberIn(image)).toBe(100)
    const { packets, tags } = await videoIn(film())
    expect(packets.flatMap(({ type }, i) => (type === 'key' ? [i] : []))).toEqual([0, 64, 128])
    expect(tags.raw).toMatchObject({ XMP: '<x/>' })
  })

  test('shows the colours of its pictures at uneven times, and says that they are those of BT.709', async () => {
    const colours = [
      ...[
        [255, 255, 255],
        [128, 128, 128],
        [0, 0, 0],
        [224, 172, 140],
        [90, 50, 30],
        [200, 60, 40],
      ],
      ...[
        [40, 180, 60],
        [60, 100, 160],
      ],
    ] as unknown as readonly [number, number, number][]
    const times = colours.map((_, i) => i * 3600 + (i % 3) * 311)
    // An odd width becomes even by its last column once more.
    const writer = await open({ width: 63, height: 48, timescale: 90_000 })
    for (const [i, colour] of colours.entries()) {
      const [time, end] = [times[i]!, times[i + 1] ?? 90_000]
      await writer.add(blankImage(63, 48, colour), time, end - time)
    }
    await writer.finish()
    const clip = await openClip(film())
    expect(clip.facts).toMatchObject({
      ...{ width: 64, height: 48 },
      times: times.map((time) => Math.round(time / 90)),
    })
    for await (const { index, image } of clip.frames()) {
      for (const at of [0, 32 * 24, image.width * image.height - 1]) {
        const off = [0, 1, 2].map((c) => Math.abs(image.data[3 * at + c]! - colours[index]![c]!))
        expect(Math.max(...off), `of ${colours[index]}: ${off}`).toBeLessThan(6)
      }
    }
    const { config, packets } = await videoIn(film())
    const bt709 = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false }
    expect(config?.colorSpace).toEqual(bt709)
    // In the head of a whole frame (VP9 bitstream specification, 6.2 and 7.2.2): sync code, then three bits for BT.709 and one for its range.
    const [, a, b, c, space] = packets[0]!.data
    expect([a, b, c, space! >> 4]).toEqual([0x49, 0x83, 0x42, 0b0100])
  })

  test('is left without a trace, also in the middle', async () => {
    const writer = await open()
    for (let i = 0; i < 5; i++) await writer.add(numbered(i), i * 1001, 1001)
    await writer.abandon()
    const empty = await open()
    await expect(empty.finish()).rejects.toMatchObject({ code: 'wrong-use' })
    await empty.abandon()
    expect(readdirSync(folder)).toEqual([])
  })

  test('has the sound of a driver, heard when it was to be seen', async () => {
    const path = await driver(await toneInOpus(), new mb.MkvOutputFormat())
    for (const from of [0, 0.7]) {
      await filmWithSound(path, from)
      const heard = await toneHeardIn(film())
      expect(heard.from).toBeCloseTo(tone.from - from, 2)
      expect(heard.to).toBeCloseTo(tone.to - from, 2)
    }
  })

  test.each([0, 0.731_234_567])('copies packets of Opus from second %f on', async (from) => {
    const path = await driver(countedSound('opus', 200))
    expect(await filmWithSound(path, from)).toEqual([])
    const [got, source] = [(await soundIn(film()))!, (await soundIn(path))!]
    const first = source.packets.findIndex(({ data }) => Buffer.compare(data, got.packets[0]!.data) === 0)
    const lead = Math.max(0, from - source.packets[first]!.timestamp)
    expect(got.config).toEqual(withPreSkip(source.config!, Math.round(lead * rate)))
    expect(codecDelayIn(memorySource(readFileSync(film()), 'film'), 2) ?? 0).toBeCloseTo(lead, 4)
    for (const [i, packet] of got.packets.entries()) {
      const same = source.packets[first + i]!
      expect(Buffer.compare(packet.data, same.data)).toBe(0)
      // Thousandths of a second are all that a WebM has.
      expect(Math.abs(packet.timestamp - lead - (same.timestamp - from))).toBeLessThanOrEqual(0.000_51)
    }
    const last = source.packets[first + got.packets.length - 1]!
    expect(last.timestamp + last.duration - from).toBeGreaterThanOrEqual(filmSeconds)
    expect(last.timestamp - from).toBeLessThan(filmSeconds)
  })

  test('has no sound of a codec that it does not hold, and says so', async () => {
    const path = await driver(countedSound('aac', 2))
    const writer = await open({ sound: { path, from: 0 } })
    expect(writer.notices).toEqual([
      'The film has no sound: that of driver is coded in AAC, which Mien does not put into a WebM; an MP4 may have it.',
    ])
    await writer.abandon()
  })
})

async function driver(sound: CodedSound, format?: mb.OutputFormat): Promise<string> {
  const path = join(folder, 'driver')
  writeFileSync(path, await withSound(await codedInH264(2), sound, format))
  return path
}

const filmSeconds = (60 * 1001) / 30_000

/** Of 60 frames that show nothing; what its writer tells. */
async function filmWithSound(path: string, from: number): Promise<readonly string[]> {
  const writer = await open({ width: 32, height: 32, sound: { path, from } })
  for (let i = 0; i < 60; i++) await writer.add(blankImage(32, 32, [90, 50, 30]), i * 1001, 1001)
  await writer.finish()
  return writer.notices
}

describe('without a Chromium', () => {
  beforeEach(() => {
    vi.stubEnv('CHROMIUM', join(folder, 'none'))
    vi.stubEnv('PATH', folder)
  })

  /** Speaks as ffmpeg does: a packet of one byte for each frame, every second one whole. */
  function install({ most = Number.POSITIVE_INFINITY, exitCode = 0 } = {}): void {
    const path = join(folder, 'ffmpeg')
    writeFileSync(
      path,
      `#!${process.execPath}
      const { writeFileSync } = require('node:fs')
      writeFileSync(${JSON.stringify(join(folder, 'arguments.json'))}, JSON.stringify(process.argv.slice(2)))
      process.stdout.write(Buffer.alloc(32, 'DKIF'))
      let bytes = 0
      let frames = 0
      process.stdin.on('data', (piece) => {
        for (bytes += piece.length; bytes >= ${width * height * 1.5} && frames < ${most}; bytes -= ${width * height * 1.5}) {
          const packet = Buffer.alloc(13)
          packet.writeUInt32LE(1)
          packet[12] = frames++ % 2 === 0 ? 0x82 : 0x86
          process.stdout.write(packet.subarray(0, 7))
          process.stdout.write(packet.subarray(7))
        }
        if (frames >= ${most}) { console.error('It has had enough'); process.exit(${exitCode}) }
      })`,
    )
    chmodSync(path, 0o755)
  }

  test('ffmpeg encodes, and is told what colours it gets', async () => {
    install()
    const writer = await open()
    for (let i = 0; i < 5; i++) await writer.add(numbered(i), i * 1001, 1001)
    await writer.finish()
    const { packets } = await videoIn(film())
    expect(packets.map(({ type }) => type)).toEqual(['key', 'delta', 'key', 'delta', 'key'])
    expect(packets.map(({ timestamp }) => timestamp)).toEqual([0, 0.033, 0.067, 0.1, 0.133])
    const given = JSON.parse(readFileSync(join(folder, 'arguments.json'), 'utf8')).join(' ')
    expect(given).toContain(`-s ${width}x${height} -r 25 -color_range tv -colorspace bt709`)
    expect(given).toContain('-c:v libvpx-vp9')
  })

  test('a Chromium that does not start is told of, or ffmpeg takes its place', async () => {
    const broken = join(folder, 'broken')
    writeFileSync(broken, '#!/bin/sh\necho "It has no display" >&2\nexit 1')
    chmodSync(broken, 0o755)
    vi.stubEnv('CHROMIUM', broken)
    const writer = await open()
    await expect(writer.add(numbered(0), 0, 1001)).rejects.toMatchObject({
      code: 'device',
      message: 'Chromium did not encode the film: It has no display.',
    })
    await writer.abandon()
    install()
    const other = await open()
    await other.add(numbered(0), 0, 1001)
    await other.finish()
    expect((await videoIn(film())).packets).toHaveLength(1)
  })

  test('an ffmpeg that gives up is told of, and nothing is left', async () => {
    install({ most: 2, exitCode: 1 })
    const writer = await open()
    const adding = async () => {
      for (let i = 0; i < 50; i++) await writer.add(numbered(i), i * 1001, 1001)
      await writer.finish()
    }
    await expect(adding()).rejects.toMatchObject({ code: 'device', message: /It has had enough/ })
    await writer.abandon()
    expect(readdirSync(folder).sort()).toEqual(['arguments.json', 'ffmpeg'])
  })

  test('and without ffmpeg it is said what helps', async () => {
    await expect(open()).rejects.toMatchObject({
      code: 'wrong-use',
      message: 'Nothing is installed here that encodes a WebM.',
      hint: expect.stringContaining('Install Chromium, Chrome or ffmpeg'),
    })
    expect(readdirSync(folder)).toEqual([])
  })
})
