import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { blankImage } from '../../src/engine/picture/drawing.ts'
import { openClip } from '../../src/node/clips/clip.ts'
import { openFilmWriter, requireRoom } from '../../src/node/video/film-writer.ts'
import type { FilmFormat } from '../../src/shared/film.ts'
import { brightness } from './drawn-video.ts'

const home = mkdtempSync(join(tmpdir(), 'mien-animations-'))
let path: string
beforeEach(() => {
  path = join(mkdtempSync(join(home, 'film-')), 'film')
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

const size = { width: 24, height: 16 }

/** Frames of a steady rate, each of which has a grey of its own. */
async function film(format: FilmFormat, count: number, timescale: number, ticks: number, first = 0) {
  const writer = await openFilmWriter(path, { format, ...size, timescale })
  const image = blankImage(size.width, size.height, [0, 0, 0])
  for (let i = 0; i < count; i++) {
    image.data.fill(grey(i))
    await writer.add(image, first + i * ticks, ticks)
  }
  await writer.finish()
  return openClip(path)
}

const grey = (number: number) => 20 + ((number * 40) % 220)

async function greysIn(clip: Awaited<ReturnType<typeof openClip>>): Promise<readonly number[]> {
  const greys: number[] = []
  for await (const { image } of clip.frames()) greys.push(brightness(image, 12, 8))
  return greys
}

function expectGreys(greys: readonly number[], numbers: readonly number[], tolerance: number): void {
  expect(greys).toHaveLength(numbers.length)
  greys.forEach((value, i) => {
    expect(Math.abs(value - grey(numbers[i]!))).toBeLessThanOrEqual(tolerance)
  })
}

const counted = (count: number) => Array.from({ length: count }, (_, i) => i)

describe('a GIF', () => {
  test('counts in hundredths without drifting', async () => {
    const clip = await film('gif', 90, 30_000, 1001, 5005)
    expect(clip.facts).toMatchObject({ codec: 'gif', ...size, duration: 3000 })
    expect(clip.facts.times).toEqual(counted(90).map((i) => 10 * Math.round((i * 1001) / 300)))
    expectGreys(await greysIn(clip), counted(90), 2)
  })

  test('leaves out frames that browsers would show for a tenth of a second', async () => {
    const clip = await film('gif', 60, 60, 1)
    expect(clip.facts.duration).toBe(1000)
    const { times } = clip.facts
    times.slice(1).forEach((time, i) => {
      expect(time - times[i]!).toBeGreaterThan(10)
    })
    expect(times.length).toBeGreaterThan(35)
    const numbers = counted(60).filter((i) => times.includes(10 * Math.round(i / 0.6)))
    expectGreys(await greysIn(clip), numbers, 2)
  })

  test('is played again and again', async () => {
    await film('gif', 3, 25, 1)
    // The block of NETSCAPE with the count 0.
    expect(readFileSync(path, 'latin1')).toContain('NETSCAPE2.0\x03\x01\0\0\0')
  })
})

test('an animated WebP counts in thousandths', async () => {
  const clip = await film('webp', 60, 30_000, 1001)
  expect(clip.facts).toMatchObject({ codec: 'webp', ...size, duration: 2002 })
  expect(clip.facts.times).toEqual(counted(60).map((i) => Math.round((i * 1001) / 30)))
  expectGreys(await greysIn(clip), counted(60), 4)
})

test.each(['gif', 'webp'] as const)(
  'what has no room in a %s is refused before it is held',
  async (format) => {
    const [width, height] = [8192, 6000]
    const writer = await openFilmWriter(path, { format, width, height, timescale: 25 })
    const image = blankImage(width, height, [0, 0, 0])
    await writer.add(image, 0, 1)
    await expect(writer.add(image, 1, 1)).rejects.toMatchObject({
      code: 'wrong-use',
      message: expect.stringMatching(
        /^The film is too long for a \w+: of 8192 x 6000 pixels it has room for 1 frames/,
      ),
      hint: expect.stringContaining('MP4'),
    })
    await writer.abandon()
    expect(readdirSync(join(path, '..'))).toEqual([])
  },
)

test('what has no room is known by its times, those left out that are shown too briefly', () => {
  const room = (format: FilmFormat, ...times: readonly number[]) =>
    requireRoom(
      { format, timescale: 1000, frames: times.map((time) => ({ time })) },
      { width: 8192, height: 6000 },
    )
  expect(() => room('gif', 5000, 5014)).not.toThrow()
  expect(() => room('webp', 5000, 5014)).toThrow(/^The film is too long for a WebP/)
  expect(() => room('gif', 5000, 5016)).toThrow(/has room for 1 frames/)
  expect(() => room('mp4', 0, 40)).not.toThrow()
  // Two frames of that size fit, and none that is larger.
  expect(() => room('gif', 0, 40)).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('at most 7815 pixels') }),
  )
  const ofSize = (width: number) => () =>
    requireRoom(
      { format: 'gif', timescale: 1000, frames: [{ time: 0 }, { time: 40 }] },
      { width, height: Math.round((width * 6000) / 8192) },
    )
  expect(ofSize(7815)).not.toThrow()
  expect(ofSize(7816)).toThrow()
})

describe('a folder of pictures', () => {
  test('has the frames as they are, in order, and their times', async () => {
    const clip = await film('png', 12, 30_000, 1001, 2002)
    expectGreys(await greysIn(clip), counted(12), 0)
    const names = readdirSync(path)
    expect(names.slice(0, 2)).toEqual(['frame00001.png', 'frame00002.png'])
    expect(JSON.parse(readFileSync(join(path, 'times.json'), 'utf8'))).toEqual({
      ...{ timescale: 30_000, times: counted(12).map((i) => i * 1001), duration: 12 * 1001 },
    })
  })

  test('that is there already is not touched', async () => {
    await mkdir(path)
    await expect(openFilmWriter(path, { format: 'png', ...size, timescale: 25 })).rejects.toMatchObject({
      code: 'unwritable',
    })
  })
})

test.each(['gif', 'webp', 'png'] as const)(
  'a %s that is abandoned leaves nothing, and has no sound',
  async (format) => {
    const sound = { path: 'driver.mp4', from: 0 }
    const writer = await openFilmWriter(path, { format, ...size, timescale: 25, sound })
    expect(writer.notices).toEqual([expect.stringMatching(/has no sound\.$/)])
    await writer.add(blankImage(size.width, size.height, [9, 9, 9]), 0, 1)
    await writer.abandon()
    expect(readdirSync(join(path, '..'))).toEqual([])
  },
)
