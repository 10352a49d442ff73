import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, test } from 'vitest'
import { blankImage } from '../../src/engine/picture/drawing.ts'
import { openClip } from '../../src/node/clips/clip.ts'
import { openFilmWriter } from '../../src/node/video/film-writer.ts'
import type { Clip } from '../../src/shared/clip.ts'

const home = mkdtempSync(join(tmpdir(), 'mien-pictures-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const side = 32

/** A picture of one grey. */
const grey = (value: number, width = side) => ({
  create: { width, height: side, channels: 3 as const, background: { r: value, g: value, b: value } },
})

/** The grey that each frame shows, as far as the format keeps it. */
async function greys(clip: Clip, from?: number, to?: number): Promise<number[]> {
  const values: number[] = []
  for await (const { image } of clip.frames(from, to)) {
    expect(image.data).toHaveLength(image.width * image.height * 3)
    values.push(image.data[image.data.length >> 1]!)
  }
  return values
}

const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, -1))

async function animation(name: string, values: readonly number[], delay: number[]): Promise<string> {
  const frames = await Promise.all(values.map((value) => sharp(grey(value)).png().toBuffer()))
  const path = join(home, name)
  await sharp(frames, { join: { animated: true } }).toFile(path)
  // sharp puts delays in place of 0, so they are set where the file has them.
  const bytes = readFileSync(path)
  if (name.endsWith('gif')) {
    let at = 0
    for (const milliseconds of delay) {
      at = bytes.indexOf(Buffer.from([0x21, 0xf9, 0x04]), at) + 3
      bytes.writeUInt16LE(milliseconds / 10, at + 1)
    }
  } else {
    let at = 0
    for (const milliseconds of delay) {
      at = bytes.indexOf('ANMF', at) + 4
      bytes.writeUIntLE(milliseconds, at + 16, 3)
    }
  }
  writeFileSync(path, bytes)
  return path
}

describe.each(['gif', 'webp'])('an animated %s', (format) => {
  const values = [10, 90, 200, 130, 60]

  test("has its frames' own times; one of no time is shown for a tenth of a second", async () => {
    const clip = await openClip(await animation(`film.${format}`, values, [40, 0, 70, 10, 500]))
    expect(clip.facts).toEqual({
      ...{ codec: format, width: side, height: side, rotation: 0, timescale: 1000 },
      ...{ times: [0, 40, 140, 210, 310], duration: 810, missing: 0 },
    })
    expect(await greys(clip)).toEqual(near(values))
    expect(await greys(clip, 1, 3)).toEqual(near(values.slice(1, 3)))
  })

  test('that was cut short is refused, or has the frames that are whole: a GIF announces no number of them', async () => {
    const path = await animation(`cut.${format}`, values, [40, 40, 40, 40, 40])
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.subarray(0, bytes.length * 0.7))
    const decoded = openClip(path).then((clip) => greys(clip))
    if (format === 'gif') expect(await decoded).toEqual(near(values.slice(0, 3)))
    else await expect(decoded).rejects.toMatchObject({ code: 'bad-image' })
  })
})

test('frames of an animation are decoded in blocks', async () => {
  const wide = Array.from({ length: 12 }, (_, i) =>
    sharp({ create: { width: 2400, height: 1000, channels: 3, background: { r: i * 20, g: 0, b: 0 } } })
      .png()
      .toBuffer(),
  )
  const path = join(home, 'large.gif')
  await sharp(await Promise.all(wide), { join: { animated: true } })
    .gif({ effort: 1 })
    .toFile(path)
  const reds: number[] = []
  for await (const { image } of (await openClip(path)).frames()) reds.push(image.data[0]!)
  expect(reds).toEqual(near(Array.from({ length: 12 }, (_, i) => i * 20)))
})

describe('a folder', () => {
  const folderOf = async (name: string, files: Readonly<Record<string, Buffer | string>>) => {
    mkdirSync(join(home, name))
    for (const [file, bytes] of Object.entries(files)) writeFileSync(join(home, name, file), bytes)
    return join(home, name)
  }
  const png = (value: number, width?: number) => sharp(grey(value, width)).png().toBuffer()

  test('is in the order in which people number, without what is no picture', async () => {
    const clip = await openClip(
      await folderOf('takes', {
        ...{ 'frame10.png': await png(100), 'frame2.png': await png(20), 'frame1.png': await png(10) },
        ...{
          'notes.txt': 'about them',
          '.hidden.png': '',
          'frame03.jpg': await sharp(grey(30)).jpeg().toBuffer(),
        },
      }),
    )
    expect(clip).toMatchObject({ name: 'takes' })
    expect(clip.facts).toEqual({
      ...{ codec: 'pictures', width: side, height: side, rotation: 0, timescale: 30 },
      ...{ times: [0, 1, 2, 3], duration: 4, missing: 0 },
    })
    expect(await greys(clip)).toEqual([10, 20, 30, 100])
    expect(await greys(clip, 2)).toEqual([30, 100])
  })

  test.each([
    ['a corrupt picture', async () => (await png(1)).subarray(0, 60), /^frame2\.png is damaged/],
    ['a picture of another size', () => png(1, 40), /^frame2\.png has 40 x 32 pixels; .* has 32 x 32/],
    ['a picture of a kind that is not read', async () => Buffer.from('BM      '), /^frame2\.png is a BMP/],
  ])('with %s in it is refused when it is come to', async (name, bytes, message) => {
    const clip = await openClip(
      await folderOf(name, {
        'frame1.png': await png(1),
        'frame2.png': await bytes(),
        'frame3.png': await png(3),
      }),
    )
    const frames = clip.frames()[Symbol.asyncIterator]()
    expect((await frames.next()).value).toMatchObject({ index: 0 })
    await expect(frames.next()).rejects.toMatchObject({
      code: 'bad-image',
      message: expect.stringMatching(message),
    })
  })

  test('that a film has become is shown at the times of the film', async () => {
    const path = join(home, 'film')
    const size = { width: side, height: side }
    const film = await openFilmWriter(path, { ...size, format: 'png', timescale: 30_000 })
    const times = [0, 1001, 2002, 5005]
    for (const [i, time] of times.entries()) {
      const length = (times[i + 1] ?? 9009) - time
      await film.add(blankImage(side, side, [40 * i, 40 * i, 40 * i]), 700 + time, length)
    }
    await film.finish()
    const clip = await openClip(path)
    expect(clip.facts).toMatchObject({ timescale: 30_000, times, duration: 9009 })
    const shown: number[] = []
    for await (const { time } of clip.frames(1, 3)) shown.push(time)
    expect(shown).toEqual([1001, 2002])
    expect(await greys(clip)).toEqual([0, 40, 80, 120])
  })

  test.each([
    ['no JSON', '{', /does not say when/],
    ['a JSON of something else', '[]', /does not say when/],
    ['times that go back', '{"timescale":30,"times":[2,1],"duration":3}', /does not say when/],
    ['no ticks', '{"timescale":0,"times":[0,1],"duration":3}', /does not say when/],
    ['a last picture of no length', '{"timescale":30,"times":[0,3],"duration":3}', /does not say when/],
    ['other pictures', '{"timescale":30,"times":[0,1,2],"duration":3}', /tells of 3, and there are 2/],
  ])('with times of %s is refused', async (name, text, message) => {
    const pictures = { 'frame1.png': await png(1), 'frame2.png': await png(2) }
    await expect(openClip(await folderOf(name, { ...pictures, 'times.json': text }))).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringMatching(message),
    })
  })

  test('without pictures is refused', async () => {
    await expect(openClip(await folderOf('empty', { 'a.txt': '' }))).rejects.toThrow(/holds no picture/)
  })
})

test('a still is a clip of one frame', async () => {
  const path = join(home, 'still.webp')
  await sharp(grey(77)).webp({ lossless: true }).toFile(path)
  const clip = await openClip(path)
  expect(clip.facts).toMatchObject({ times: [0], duration: 1 })
  expect(await greys(clip)).toEqual([77])
})

test('a file that is not there is named', async () => {
  await expect(openClip(join(home, 'none.mp4'))).rejects.toMatchObject({ code: 'unreadable-file' })
})
