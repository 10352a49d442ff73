import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as mb from 'mediabunny'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { openClip } from '../../src/node/clips/clip.ts'
import { type Clip, framesBetween, missingNotice } from '../../src/shared/clip.ts'
import { hasChromium } from '../web/studio.ts'
import { codedInBrowser } from './browser-video.ts'
import {
  brightness,
  type Coded,
  codedInH264,
  contained,
  height,
  mp4,
  numberIn,
  renamed,
  steady,
  width,
} from './drawn-video.ts'

const folder = mkdtempSync(join(tmpdir(), 'mien-clips-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => vi.unstubAllEnvs())

function saved(name: string, bytes: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

/** Which frames come, and what numbers they show. */
async function shown(clip: Clip, from?: number, to?: number) {
  const frames: { index: number; time: number; number: number }[] = []
  for await (const { index, time, image } of clip.frames(from, to)) {
    frames.push({ index, time, number: numberIn(image) })
  }
  return frames
}

const inOrder = (times: readonly number[], from = 0) =>
  times.map((time, i) => ({ index: from + i, time, number: from + i }))

const ntsc = 30_000 / 1001
const count = 40
let coded: Coded
let ntscFile: Uint8Array
beforeAll(async () => {
  coded = await codedInH264(count)
  ntscFile = await contained(coded, { format: mp4(), times: steady(count, ntsc), frameRate: ntsc })
})

/** Nothing decodes here: only the container is read. */
const readOnly = () => vi.stubEnv('CHROMIUM', process.execPath)

describe('what a video is', () => {
  test('29.97 frames a second have times of 1001 ticks of 30 000', async () => {
    readOnly()
    const { facts } = await openClip(saved('ntsc.mp4', ntscFile))
    expect(facts).toEqual({
      ...{ codec: 'avc', width, height, rotation: 0, timescale: 30_000 },
      ...{ times: Array.from({ length: count }, (_, i) => i * 1001), missing: 0 },
      duration: expect.any(Number),
    })
    expect(facts.duration / 30_000).toBeCloseTo(count / ntsc, 3)
    expect(missingNotice({ name: 'ntsc.mp4', facts })).toBeUndefined()
    expect(framesBetween(facts, 1001 / 30_000, 0.1)).toEqual([1, 3])
    expect(framesBetween(facts, 0.5)).toEqual([15, 40])
  })

  test('a Matroska file counts in milliseconds', async () => {
    readOnly()
    const bytes = await contained(coded, { format: new mb.MkvOutputFormat(), times: steady(count, ntsc) })
    const { facts } = await openClip(saved('ntsc.mkv', bytes))
    expect(facts).toMatchObject({ timescale: 1000, missing: 0 })
    expect(facts.times.slice(0, 4)).toEqual([0, 33, 67, 100])
  })

  const cut = (bytes: Uint8Array) => bytes.subarray(0, Math.floor(bytes.length * 0.55))

  test.each([
    ['mp4', () => mp4()],
    [
      'fragmented.mp4',
      () => new mb.Mp4OutputFormat({ fastStart: 'fragmented', minimumFragmentDuration: 0.3 }),
    ],
    ['mov', () => new mb.MovOutputFormat({ fastStart: 'in-memory' })],
    ['mkv', () => new mb.MkvOutputFormat({ minimumClusterDuration: 0.3 })],
  ])('a %s that was cut short has fewer frames, and says so', async (ending, format) => {
    readOnly()
    const bytes = await contained(coded, { format: format(), times: steady(count, 30) })
    const clip = await openClip(saved(`cut.${ending}`, cut(bytes)))
    expect(clip.facts.times.length).toBeGreaterThan(8)
    expect(clip.facts.times.length).toBeLessThan(30)
    expect(clip.facts.missing).toBeGreaterThan(0)
    expect(missingNotice(clip)).toMatch(
      /^cut\.\S+ was cut short: the last 0\.\d of its [01]\.\d seconds are missing\.$/,
    )
  })

  const avi = Buffer.concat([Buffer.from('RIFF\0\0\0\0AVI LIST'), Buffer.alloc(500)])
  test.each([
    ['an AVI', async () => avi, /film is an AVI video, which Mien does not read/],
    ['a transport stream', stream, /film is an MPEG transport stream, which Mien does not read/],
    [
      'a lost index',
      async () => cut(await contained(coded, late())),
      /film has no index: .* \(the "moov" box/,
    ],
    [
      'an index alone',
      async () => ntscFile.subarray(0, ntscFile.length / 8),
      /film (was cut short|has no index)/,
    ],
    ['a text', async () => Buffer.from('hello '.repeat(100)), /film is no video that Mien reads/],
    ['nothing', async () => Buffer.alloc(0), /film is empty/],
    ['a wall', huge, /film has frames of 30000 x 30000 pixels, more than/],
    ['sound alone', soundAlone, /film holds no video/],
  ])('%s is refused by name', async (_, bytes, message) => {
    readOnly()
    await expect(openClip(saved('film', await bytes()))).rejects.toThrow(message)
    await expect(openClip(saved('film', await bytes()))).rejects.toMatchObject({
      code: 'bad-file',
      hint: expect.stringMatching(/\.$/),
    })
  })

  test('where nothing decodes videos, what helps is named', async () => {
    vi.stubEnv('CHROMIUM', join(folder, 'none'))
    vi.stubEnv('PATH', folder)
    await expect(openClip(saved('ntsc.mp4', ntscFile))).rejects.toMatchObject({
      code: 'wrong-use',
      hint: expect.stringMatching(/Chromium.*ffmpeg.*CHROMIUM.*folder with the frames/),
    })
  })
})

const late = () => ({ format: new mb.Mp4OutputFormat({ fastStart: false }), times: steady(count, 30) })

function stream(): Promise<Uint8Array> {
  return contained(coded, { format: new mb.MpegTsOutputFormat(), times: steady(count, 30) })
}

function huge(): Promise<Uint8Array> {
  const config = { ...coded.config, codedWidth: 30_000, codedHeight: 30_000 }
  return contained({ ...coded, config }, { format: mp4(), times: steady(count, 30) })
}

async function soundAlone(): Promise<Uint8Array> {
  const target = new mb.BufferTarget()
  const output = new mb.Output({ format: new mb.Mp4OutputFormat({ fastStart: 'in-memory' }), target })
  const source = new mb.EncodedAudioPacketSource('pcm-s16')
  output.addAudioTrack(source)
  await output.start()
  const config = { codec: 'pcm-s16', sampleRate: 8000, numberOfChannels: 1 }
  await source.add(new mb.EncodedPacket(new Uint8Array(1600), 'key', 0, 0.1), { decoderConfig: config })
  await output.finalize()
  return new Uint8Array(target.buffer!)
}

test('a Chromium that does not start is named with what it says', async () => {
  vi.stubEnv('CHROMIUM', process.execPath)
  vi.stubEnv('PATH', folder)
  await expect(shown(await openClip(saved('ntsc.mp4', ntscFile)))).rejects.toMatchObject({
    code: 'device',
    message: expect.stringMatching(/^Chromium did not decode ntsc\.mp4: .*bad option/),
    hint: expect.stringContaining(process.execPath),
  })
})

describe.runIf(hasChromium)('Chromium decodes', () => {
  const ofThisProcess = () =>
    readdirSync(tmpdir()).filter((name) => name.startsWith(`mien-chromium-${process.pid}-`))
  const running = () =>
    process.getActiveResourcesInfo().filter((name) => /^(Process|TCPServer)Wrap$/.test(name))

  test('every frame at its time, or those of a range, and leaves nothing', async () => {
    const clip = await openClip(saved('ntsc.mp4', ntscFile))
    expect(await shown(clip)).toEqual(inOrder(clip.facts.times))
    expect(await shown(clip, 13, 22)).toEqual(inOrder(clip.facts.times.slice(13, 22), 13))
    await vi.waitFor(() => expect([ofThisProcess(), running()]).toEqual([[], []]))
  })

  test('uneven times as they are', async () => {
    const times = Array.from({ length: count }, (_, i) => i / 25 + (i % 3) / 100)
    const clip = await openClip(saved('uneven.mp4', await contained(coded, { format: mp4(), times })))
    expect(clip.facts.times.map((time) => time / clip.facts.timescale)).toEqual(
      times.map((time) => expect.closeTo(time, 4)),
    )
    expect(await shown(clip)).toEqual(inOrder(clip.facts.times))
  })

  test.each([
    [90, 20, 20],
    [180, width - 20, 20],
    [270, height - 20, width - 20],
  ] as const)('frames upright that are stored turned by %i degrees', async (rotation, x, y) => {
    const bytes = await contained(coded, { format: mp4(), times: steady(count, 30), rotation })
    const clip = await openClip(saved('turned.mp4', bytes))
    const isTurned = rotation !== 180
    const size = { width: isTurned ? height : width, height: isTurned ? width : height }
    expect(clip.facts).toMatchObject({ rotation, ...size })
    for await (const { image } of clip.frames(0, 1)) {
      expect(image).toMatchObject(size)
      expect(brightness(image, x, y)).toBeGreaterThan(200)
    }
  })

  test('as much as there is of a file that was cut short', async () => {
    const clip = await openClip(saved('cut.mp4', ntscFile.subarray(0, Math.floor(ntscFile.length * 0.6))))
    expect(await shown(clip)).toEqual(inOrder(clip.facts.times))
  })

  test.each(['vp8', 'vp9'] as const)('%s in WebM', async (codec) => {
    const vp = await codedInBrowser(codec, 12)
    const clip = await openClip(
      saved('film.webm', await contained(vp, { format: new mb.WebMOutputFormat(), times: steady(12, 30) })),
    )
    expect(clip.facts.codec).toBe(codec)
    expect(await shown(clip)).toEqual(inOrder(clip.facts.times))
  })

  test.each([
    ['HEVC (H.265)', 'hvc1', async () => renamed(renamed(ntscFile, 'avc1', 'hvc1'), 'avcC', 'hvcC')],
    [
      'ProRes',
      'apch',
      async () =>
        renamed(
          await contained(coded, { format: new mb.MovOutputFormat(), times: steady(count, 30) }),
          'avc1',
          'apch',
        ),
    ],
  ])('no %s, and says so', async (name, _, bytes) => {
    const clip = await openClip(saved('film.mov', await bytes()))
    await expect(shown(clip)).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringContaining(`film.mov is coded in ${name}, which this`),
      hint: expect.stringContaining('MP4 with H.264'),
    })
  })

  test('what comes after a damage, and says where that is', async () => {
    const bytes = Uint8Array.from(ntscFile)
    bytes.fill(255, bytes.length * 0.6, bytes.length * 0.65)
    const clip = await openClip(saved('damaged.mp4', bytes))
    await expect(shown(clip)).rejects.toThrow(/^damaged\.mp4 is damaged somewhere after second 0\.\d\.$/)
    expect(await shown(clip, 30)).toEqual(inOrder(clip.facts.times.slice(30), 30))
  })

  test('nothing any more once the iteration is left', async () => {
    const clip = await openClip(saved('ntsc.mp4', ntscFile))
    for await (const { index } of clip.frames()) {
      if (index === 0) expect([ofThisProcess().length, running().length]).toEqual([1, 2])
      if (index === 3) break
    }
    await vi.waitFor(() => expect([ofThisProcess(), running()]).toEqual([[], []]))
  })
})
