import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as mb from 'mediabunny'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blankImage } from '../../src/engine/picture/drawing.ts'
import { openClip } from '../../src/node/clips/clip.ts'
import { openFilmWriter } from '../../src/node/video/film-writer.ts'
import { withPreSkip } from '../../src/node/video/opus-head.ts'
import { hasChromium } from '../web/studio.ts'
import { tone, toneHeardIn, toneInOpus } from './browser-sound.ts'
import { type CodedSound, countedSound, rate, soundIn, withSound } from './drawn-sound.ts'
import { type Coded, codedInH264 } from './drawn-video.ts'

const folder = mkdtempSync(join(tmpdir(), 'mien-sound-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let video: Coded
beforeAll(async () => {
  video = await codedInH264(40)
})

let made = 0
async function driver(sound: CodedSound, format?: mb.OutputFormat): Promise<string> {
  const path = join(folder, `driver ${made++}`)
  writeFileSync(path, await withSound(video, sound, format))
  return path
}

const picture = blankImage(32, 32, [90, 50, 30])

/** Of so many frames, which show nothing. */
async function filmOf(count: number, path: string, from = 0, [timescale, ticks] = [30_000, 1001]) {
  const film = join(folder, `film ${made++}.mp4`)
  const writer = await openFilmWriter(film, {
    ...{ format: 'mp4', width: 32, height: 32, timescale: timescale! },
    sound: { path, from },
  })
  for (let i = 0; i < count; i++) await writer.add(picture, i * ticks!, ticks!)
  await writer.finish()
  return { path: film, notices: writer.notices }
}

/** A Matroska file whose sound says how late its times are, in place of its language, which nobody knows. */
function withCodecDelay(file: Buffer, seconds: number): Buffer {
  const at = file.lastIndexOf(Buffer.from([0x22, 0xb5, 0x9c, 0x83, ...Buffer.from('und')]))
  file.set([0x56, 0xaa, 0x84], at)
  file.writeUInt32BE(Math.round(seconds * 1e9), at + 3)
  return file
}

const tick = 1 / rate
const ends = ({ timestamp, duration }: mb.EncodedPacket) => timestamp + duration

/** Holds that the film's packets are those of the driver from one of them on, and where they have to be. */
async function holdTogether(film: string, path: string, from: number, seconds: number): Promise<void> {
  const [got, source] = [(await soundIn(film))!, (await soundIn(path))!]
  expect(got.codec).toBe(source.codec)
  // The list of edits says what is left out.
  const isOpus = source.codec === 'opus'
  expect(got.config).toEqual(isOpus ? withPreSkip(source.config!, 0) : source.config)
  const first = source.packets.findIndex(({ data }) => Buffer.compare(data, got.packets[0]!.data) === 0)
  expect(first).toBeGreaterThanOrEqual(0)
  for (const [i, packet] of got.packets.entries()) {
    const same = source.packets[first + i]!
    expect(Buffer.compare(packet.data, same.data)).toBe(0)
    expect(Math.abs(packet.timestamp - (same.timestamp - from))).toBeLessThanOrEqual(tick * 1.001)
  }
  // All that there is between the film's start and its end, and a little before.
  const wanted = source.packets.filter(
    (packet) => ends(packet) > from && packet.timestamp < from + seconds - tick,
  )
  expect(first).toBeLessThanOrEqual(source.packets.indexOf(wanted[0]!))
  expect(first + got.packets.length).toBe(source.packets.indexOf(wanted.at(-1)!) + 1)
  expect(got.packets[0]!.timestamp).toBeGreaterThan(-0.11)
}

describe('the sound of a film', () => {
  test.each(['aac', 'opus', 'mp3'] as const)('is copied, in %s', async (codec) => {
    const path = await driver(countedSound(codec, 60))
    const film = await filmOf(30, path)
    expect(film.notices).toEqual([])
    await holdTogether(film.path, path, 0, (30 * 1001) / 30_000)
    expect((await openClip(film.path)).facts).toMatchObject({ timescale: 30_000, duration: 30 * 1001 })
  })

  test.each([0.1, 0.5, 17 / 30, 0.731_234_567])('is cut out from second %f on', async (from) => {
    const path = await driver(countedSound('aac', 60))
    const { path: film } = await filmOf(12, path, from, [90_000, 4321])
    await holdTogether(film, path, from, (12 * 4321) / 90_000)
    const [first] = (await soundIn(film))!.packets
    // Decoders find their way in what is before.
    expect(first!.timestamp).toBeLessThanOrEqual(-0.08)
  })

  test('keeps what is decoded and not heard', async () => {
    const path = await driver(countedSound('aac', 60, -2112))
    expect((await soundIn(path))!.packets[0]!.timestamp).toBeCloseTo(-2112 / rate, 6)
    const { path: film } = await filmOf(30, path)
    await holdTogether(film, path, 0, (30 * 1001) / 30_000)
    expect((await soundIn(film))!.packets[0]!.timestamp).toBeCloseTo(-2112 / rate, 6)
  })

  test('that begins later or ends earlier than the pictures does so in the film', async () => {
    const path = await driver(countedSound('aac', 10, 24_123))
    const { path: film } = await filmOf(40, path)
    await holdTogether(film, path, 0, (40 * 1001) / 30_000)
    const { packets } = (await soundIn(film))!
    expect(packets).toHaveLength(10)
    expect(Math.abs(packets[0]!.timestamp - 24_123 / rate)).toBeLessThanOrEqual(tick)
    const { path: later } = await filmOf(20, path, 0.4)
    await holdTogether(later, path, 0.4, (20 * 1001) / 30_000)
  })

  test('in a Matroska file counts from before the first sample that is heard', async () => {
    const path = await driver(countedSound('opus', 60), new mb.MkvOutputFormat())
    const { path: film } = await filmOf(30, path)
    const [source, got] = [(await soundIn(path))!, (await soundIn(film))!]
    expect(source.packets[0]!.timestamp).toBe(0)
    expect(got.packets[0]!.timestamp).toBeCloseTo(-312 / rate, 6)
    for (const [i, { data }] of got.packets.entries()) {
      expect(Buffer.compare(data, source.packets[i]!.data)).toBe(0)
    }
  })

  test.each(['aac', 'opus'] as const)('of %s counts from where a Matroska file says', async (codec) => {
    const path = await driver(countedSound(codec, 60), new mb.MkvOutputFormat())
    writeFileSync(path, withCodecDelay(readFileSync(path), 1024 / rate))
    for (const from of [0, 0.4]) {
      const { path: film } = await filmOf(30, path, from)
      const [source, got] = [(await soundIn(path))!, (await soundIn(film))!]
      for (const packet of got.packets) {
        const same = source.packets.find(({ data }) => Buffer.compare(data, packet.data) === 0)!
        expect(Math.abs(packet.timestamp + from - (same.timestamp - 1024 / rate))).toBeLessThan(tick)
      }
    }
  })

  test('over many segments stays with the pictures', async () => {
    const path = await driver(countedSound('opus', 400))
    const { path: film } = await filmOf(200, path, 0.3)
    await holdTogether(film, path, 0.3, (200 * 1001) / 30_000)
  })
})

test.runIf(hasChromium)('is heard in Chromium when it was to be seen', async () => {
  const path = await driver(await toneInOpus(), new mb.MkvOutputFormat())
  expect((await toneHeardIn(path)).from).toBeCloseTo(tone.from, 3)
  for (const from of [0, 0.7]) {
    const heard = await toneHeardIn((await filmOf(60, path, from)).path)
    expect(heard.from).toBeCloseTo(tone.from - from, 3)
    expect(heard.to).toBeCloseTo(tone.to - from, 3)
  }
})

describe('a film has no sound, and says why,', () => {
  test('where the video has none', async () => {
    const silent = join(folder, 'silent.mp4')
    const writer = await openFilmWriter(silent, { format: 'mp4', width: 32, height: 32, timescale: 30 })
    await writer.add(picture, 0, 1)
    await writer.finish()
    expect(writer.notices).toEqual([])
    expect((await filmOf(1, silent)).notices).toEqual(['The film has no sound: silent.mp4 has none.'])
  })

  test('where an MP4 cannot hold it for others to play', async () => {
    const path = await driver(countedSound('pcm-s16', 20), new mb.MovOutputFormat({ fastStart: 'in-memory' }))
    const { path: film, notices } = await filmOf(3, path)
    expect(notices).toEqual([
      expect.stringMatching(
        /^The film has no sound: that of driver \d+ is coded in pcm-s16, which many players/,
      ),
    ])
    expect(await soundIn(film)).toBeUndefined()
    expect((await openClip(film)).facts.times).toHaveLength(3)
  })

  test('where the file is no video', async () => {
    const path = join(folder, 'text')
    writeFileSync(path, 'no video')
    expect((await filmOf(1, path)).notices).toEqual(['The film has no sound: that of text cannot be read.'])
  })
})

test('an abandoned film with sound leaves nothing', async () => {
  const path = await driver(countedSound('aac', 60))
  const before = readdirSync(folder).length
  const writer = await openFilmWriter(join(folder, 'film.mp4'), {
    ...{ format: 'mp4', width: 32, height: 32, timescale: 30 },
    sound: { path, from: 0 },
  })
  for (let i = 0; i < 70; i++) await writer.add(picture, i, 1)
  await writer.abandon()
  expect(readdirSync(folder)).toHaveLength(before)
})
