import sharp, { type JpegOptions, type Sharp } from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Image } from '../../src/engine/runtime.ts'
import { readableMegapixels, takenSize } from '../../src/node/runtime/picture-limits.ts'
import { encodePicture, sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { badPictures, goodPictures, heicHead, noisyJpeg, tiff, uniformPng } from '../cli/pictures.ts'

let good: Readonly<Record<string, Buffer>>
beforeAll(async () => {
  good = await goodPictures()
})

const decode = (name: string) => sharpCodec.decode(good[name]!, name)

/** The mean absolute difference of two pictures of one size. */
function difference(a: Image, b: Image): number {
  expect([a.width, a.height]).toEqual([b.width, b.height])
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length
}

function pixel({ data, width }: Image, x: number, y: number): number[] {
  return [...data.slice((y * width + x) * 3, (y * width + x) * 3 + 3)]
}

test.each(['png', 'jpeg', 'tiff'] as const)('a %s has 72 pixels an inch', async (format) => {
  const image = await decode('rgb.png')
  const bytes = await encodePicture(image, { format })
  expect((await sharp(bytes).metadata()).density).toBe(72)
})

describe('decoding', () => {
  test('gives the bytes of a lossless picture in a plain array', async () => {
    const image = await decode('rgb.png')
    const raw = await sharp(good['rgb.png']).raw().toBuffer()
    expect(Object.getPrototypeOf(image.data)).toBe(Uint8Array.prototype)
    expect(Buffer.from(image.data)).toEqual(raw)
    expect(image).toMatchObject({ width: 48, height: 40 })
  })

  test.each([
    ['rgb.jpg', 2],
    ['rgb16.png', 1],
    ['palette.png', 6],
    ['picture.avif', 4],
    ['p3.png', 1.5],
    // CMYK holds fewer colours than sRGB.
    ['cmyk.jpg', 30],
    ['cmyk.tif', 30],
  ])('%s shows the same picture', async (name, tolerance) => {
    expect(difference(await decode(name), await decode('rgb.png'))).toBeLessThan(tolerance)
  })

  test.each(['grey.png', 'grey.jpg', 'grey16.png'])('%s has three equal channels', async (name) => {
    const { data } = await decode(name)
    expect(data).toHaveLength(48 * 40 * 3)
    expect(data.every((value, i) => value === data[i - (i % 3)])).toBe(true)
    expect(new Set(data).size).toBeGreaterThan(20)
  })

  test.each(['alpha.png', 'alpha.webp'])('%s stands on neutral grey', async (name) => {
    const image = await decode(name)
    expect(pixel(image, 3, 3)).toEqual([128, 128, 128])
    expect(pixel(image, 30, 30)).toEqual(pixel(await decode('rgb.png'), 30, 30))
  })

  test.each(['animated.gif', 'animated.webp'])('%s shows its first page', async (name) => {
    expect(difference(await decode(name), await decode('rgb.png'))).toBeLessThan(8)
  })

  test.each([{}, { bigEndian: true }, { bits: 16 }])('a TIFF of usual numbers is read: %o', async (kind) => {
    const { width, height, data } = await sharpCodec.decode(tiff(kind), 'x.tif')
    expect([width, height, Math.max(...data)]).toEqual([16, 16, 0])
  })

  test('EXIF rotation is applied', async () => {
    const image = await decode('rotated.jpg')
    expect([image.width, image.height]).toEqual([40, 48])
    // Orientation 6: what was at the top left is at the top right.
    const [red, green, blue] = pixel(await decode('rgb.png'), 1, 1) as [number, number, number]
    const [r, g, b] = pixel(image, 38, 1) as [number, number, number]
    expect(Math.abs(r - red) + Math.abs(g - green) + Math.abs(b - blue)).toBeLessThan(20)
  })

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %i, pixel by pixel', async (orientation) => {
    const [across, down] = [48, 40]
    // Where in the file each pixel of the upright picture is; figure 5 of the Exif 2.32 standard, section 4.6.4.
    const places = [
      (x: number, y: number) => [x, y],
      (x: number, y: number) => [across - 1 - x, y],
      (x: number, y: number) => [across - 1 - x, down - 1 - y],
      (x: number, y: number) => [x, down - 1 - y],
      (x: number, y: number) => [y, x],
      (x: number, y: number) => [y, down - 1 - x],
      (x: number, y: number) => [across - 1 - y, down - 1 - x],
      (x: number, y: number) => [across - 1 - y, x],
    ]
    const turned = await sharp(good['rgb.png']).jpeg({ quality: 95 }).withMetadata({ orientation }).toBuffer()
    const [stored, upright] = [await decode('rgb.jpg'), await sharpCodec.decode(turned, 'turned')]
    const { width, height } = upright
    expect(await sharpCodec.measure(turned, 'turned')).toMatchObject({ width, height })
    expect([width, height]).toEqual(orientation > 4 ? [down, across] : [across, down])
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [u, v] = places[orientation - 1]!(x, y) as [number, number]
        expect(pixel(upright, x, y), `${x}, ${y}`).toEqual(pixel(stored, u, v))
      }
    }
  })

  test('a PNG that is written comes back the same', async () => {
    const image = await decode('rgb.png')
    expect(await sharpCodec.decode(await sharpCodec.encodePng(image), 'again')).toEqual(image)
  })
})

describe.each<[string, JpegOptions]>([
  ['at once', {}],
  ['by and by', { progressive: true }],
  ['with all colours', { chromaSubsampling: '4:4:4', quality: 97 }],
])('damage to a JPEG that is coded %s', async (_, options) => {
  const whole = await noisyJpeg(options)
  const middle = whole.length >> 1
  const ended = Buffer.from([0xff, 0xd9])
  const overwritten = (at: number, value: (i: number) => number) =>
    Buffer.from(whole.map((byte, i) => (i >= at && i < at + 40 ? value(i) : byte)))

  test.each<[string, Uint8Array]>([
    ['without its end marker', whole.subarray(0, -2)],
    ['with half of its end marker', whole.subarray(0, -1)],
    ['with data of a phone behind it', Buffer.concat([whole, Buffer.alloc(5000, 7)])],
    ['with another picture behind it', Buffer.concat([whole, whole])],
  ])('%s it is the same picture', async (_, bytes) => {
    const same = await sharpCodec.decode(bytes, 'x.jpg')
    expect(difference(same, await sharpCodec.decode(whole, 'x.jpg'))).toBe(0)
  })

  test.each<[string, Uint8Array]>([
    ['cut in the middle', whole.subarray(0, middle)],
    ['cut in the middle and ended', Buffer.concat([whole.subarray(0, middle), ended])],
    ['overwritten by markers', overwritten(middle, () => 0xff)],
    ['overwritten by other bytes', overwritten(middle, (i) => (i * 61) & 127)],
  ])('%s it is refused', async (_, bytes) => {
    await expect(sharpCodec.decode(bytes, 'x.jpg')).rejects.toMatchObject({
      code: 'bad-image',
      message: expect.stringMatching(/^x\.jpg is damaged: (the lower \d+ %|a part) of the picture/),
    })
  })
})

describe('pictures of more than 64 megapixels', () => {
  /** Columns of ever lighter grey, from black to white, twenty of them. */
  function stairs(width: number, height: number): Sharp {
    const greys = Buffer.from(Array.from({ length: 20 }, (_, i) => (i * 255) / 19))
    return sharp(greys, { raw: { width: 20, height: 1, channels: 1 } }).resize(width, height, {
      fit: 'fill',
      kernel: 'nearest',
    })
  }
  const grey = (i: number) => Math.floor((i * 255) / 19)

  test('are scaled down to it, and what is in them stays where it was', async () => {
    const jpeg = await stairs(12_000, 8000).jpeg({ quality: 95 }).toBuffer()
    const { own, ...taken } = await sharpCodec.measure(jpeg, 'x.jpg')
    expect(own).toEqual({ width: 12_000, height: 8000 })
    expect(taken).toEqual({ width: 10_033, height: 6688 })
    const image = await sharpCodec.decode(jpeg, 'x.jpg')
    expect([image.width, image.height]).toEqual([taken.width, taken.height])
    for (let i = 0; i < 20; i++) {
      const [from, to] = [i, i + 1].map((edge) => (edge * taken.width) / 20) as [number, number]
      for (const x of [Math.ceil(from + 5), Math.floor(to - 5)]) {
        expect(Math.abs(pixel(image, x, 3000)[0]! - grey(i)), `${x}`).toBeLessThan(3)
      }
    }
  })

  test('are turned upright too', async () => {
    const turned = await stairs(12_000, 6000).jpeg().withMetadata({ orientation: 6 }).toBuffer()
    const { own, width, height } = await sharpCodec.measure(turned, 'x.jpg')
    expect(own).toEqual({ width: 6000, height: 12_000 })
    const image = await sharpCodec.decode(turned, 'x.jpg')
    expect([image.width, image.height]).toEqual([width, height])
    // What was at the left is at the top.
    for (const i of [0, 7, 19]) {
      const y = Math.round(((i + 0.5) * height) / 20)
      expect(Math.abs(pixel(image, 3000, y)[0]! - grey(i)), `${y}`).toBeLessThan(3)
    }
  })

  test('begin where cameras of that name end, and are refused where a decoder would hold too much', async () => {
    expect(takenSize({ width: 9280, height: 6944 })).toEqual({ width: 9280, height: 6944 })
    expect(await sharpCodec.measure(uniformPng(8193), 'x')).toMatchObject({
      width: 8192,
      own: { width: 8193 },
    })
    const most = (fields: object) => readableMegapixels({ width: 100, height: 100, ...fields })
    expect(most({ format: 'jpeg' })).toBe(512)
    expect(most({ format: 'jpeg', isProgressive: true })).toBe(128)
    expect(most({ format: 'heif' })).toBe(64)
    expect(most({ format: 'png', width: 70_000 })).toBe(64)
  })
})

describe('refusals', () => {
  test('each names the picture and the reason, in little time and memory', async () => {
    const bad = await badPictures()
    for (const [name, [bytes, reason]] of Object.entries(bad)) {
      if (name === 'one-pixel.png') continue
      const started = performance.now()
      await expect(sharpCodec.decode(bytes, name), name).rejects.toMatchObject({
        name: 'MienError',
        code: 'bad-image',
        message: expect.stringMatching(reason.source.split('.*')[0]!),
        place: { file: name },
      })
      expect(performance.now() - started, name).toBeLessThan(1000)
    }
  })

  test('every prefix of a small picture is refused or decoded, never worse', async () => {
    for (const name of ['rgb.png', 'animated.gif', 'alpha.webp', 'rgb.jpg']) {
      const whole = good[name]!
      for (let length = 0; length < whole.length; length += Math.ceil(whole.length / 60)) {
        const result = await sharpCodec.decode(whole.subarray(0, length), name).catch((error) => error)
        expect(result.name === 'MienError' || result.width > 0, `${name} ${length}`).toBe(true)
      }
    }
  })

  test('brands tell AVIF, HEIC and video apart', async () => {
    const branded = (brand: string) =>
      Buffer.concat([heicHead.subarray(0, 8), Buffer.from(brand), Buffer.alloc(80)])
    await expect(sharpCodec.decode(branded('heix'), 'x')).rejects.toThrow(/HEIC/)
    await expect(sharpCodec.decode(branded('isom'), 'x')).rejects.toThrow(/video/)
    await expect(sharpCodec.decode(branded('avif'), 'x')).rejects.toThrow(/damaged/)
  })
})
