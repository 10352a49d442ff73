import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import sharp, { type JpegOptions, type Sharp } from 'sharp'

const width = 48
const height = 40

/** A soft picture with something to see in each channel. */
function pixels(shift = 0): Buffer {
  const data = Buffer.alloc(width * height * 3)
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)]
    data[3 * i] = 60 + x * 3 + shift
    data[3 * i + 1] = 40 + y * 4
    data[3 * i + 2] = 200 - x - y
  }
  return data
}

/** A JPEG of many bytes for its size, 240 x 200. */
export function noisyJpeg(options: JpegOptions = {}): Promise<Buffer> {
  const noise = picture()
    .resize(240, 200)
    .composite([
      {
        input: Buffer.from(Array.from({ length: 240 * 200 * 3 }, (_, i) => (i * i * 7919) % 251)),
        raw: { width: 240, height: 200, channels: 3 },
        blend: 'overlay',
      },
    ])
  return noise.jpeg(options).toBuffer()
}

function picture(shift = 0): Sharp {
  return sharp(pixels(shift), { raw: { width, height, channels: 3 } })
}

/** A PNG of one grey level: large in pixels, small on the disk. */
export function uniformPng(side: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header.writeUInt8(1, 8)
  const rows = deflateSync(Buffer.alloc((Math.ceil(side / 8) + 1) * side), { level: 1 })
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

interface TiffKind {
  readonly bits?: number
  /** 1 is unsigned, 2 signed, 3 floating point. */
  readonly format?: number
  /** 2 is RGB, 8 Lab. */
  readonly photometric?: number
  readonly bigEndian?: boolean
}

/** A TIFF of 16 x 16 pixels in three channels of zeros (TIFF 6.0, section 2). */
export function tiff({ bits = 8, format = 1, photometric = 2, bigEndian = false }: TiffKind): Buffer {
  const side = 16
  const data = Buffer.alloc((side * side * 3 * bits) / 8)
  const tags: readonly (readonly [tag: number, values: readonly number[]])[] = [
    [256, [side]],
    [257, [side]],
    [258, [bits, bits, bits]],
    [259, [1]],
    [262, [photometric]],
    [273, [8]],
    [277, [3]],
    [278, [side]],
    [279, [data.length]],
    [339, [format, format, format]],
  ]
  const start = 8 + data.length
  const extra = start + 2 + tags.length * 12 + 4
  const head = Buffer.alloc(8)
  const rest = Buffer.alloc(extra - start + 2 * 6)
  const whole = Buffer.concat([head, data, rest])
  const write = (value: number, at: number, length: number) =>
    bigEndian ? whole.writeUIntBE(value, at, length) : whole.writeUIntLE(value, at, length)
  whole.write(bigEndian ? 'MM' : 'II', 0, 'latin1')
  write(42, 2, 2)
  write(start, 4, 4)
  write(tags.length, start, 2)
  let free = extra
  tags.forEach(([tag, values], i) => {
    const at = start + 2 + 12 * i
    write(tag, at, 2)
    write(3, at + 2, 2)
    write(values.length, at + 4, 4)
    const place = values.length === 1 ? at + 8 : free
    values.forEach((value, k) => {
      write(value, place + 2 * k, 2)
    })
    if (values.length === 1) return
    write(free, at + 8, 4)
    free += 2 * values.length
  })
  return whole
}

/** The head of a HEIC file, as phones write it. */
export const heicHead = Buffer.concat([
  Buffer.from([0, 0, 0, 24]),
  Buffer.from('ftypheic\0\0\0\0mif1heic', 'latin1'),
  Buffer.alloc(64),
])

/** Pictures of every kind that is read, by name; the first page of the animated ones differs from the rest. */
export async function goodPictures(): Promise<Readonly<Record<string, Buffer>>> {
  const pages = await Promise.all([0, 60].map((shift) => picture(shift).png().toBuffer()))
  const animated = () => sharp(pages, { join: { animated: true } })
  const opacity = Buffer.alloc(width * height, 255).fill(0, 0, width * 10)
  const alpha = { raw: { width, height, channels: 1 as const } }
  return {
    'rgb.png': await picture().png().toBuffer(),
    'rgb.jpg': await picture().jpeg({ quality: 95 }).toBuffer(),
    'cmyk.jpg': await picture().toColourspace('cmyk').jpeg().toBuffer(),
    'cmyk.tif': await picture().toColourspace('cmyk').tiff().toBuffer(),
    'grey.jpg': await picture().greyscale().jpeg().toBuffer(),
    'grey.png': await picture().greyscale().png().toBuffer(),
    'grey16.png': await picture().toColourspace('grey16').png().toBuffer(),
    'rgb16.png': await picture().toColourspace('rgb16').png().toBuffer(),
    'palette.png': await picture().png({ palette: true }).toBuffer(),
    'alpha.png': await picture().joinChannel(opacity, alpha).png().toBuffer(),
    'alpha.webp': await picture().joinChannel(opacity, alpha).webp({ lossless: true }).toBuffer(),
    'animated.gif': await animated().gif().toBuffer(),
    'animated.webp': await animated().webp({ lossless: true }).toBuffer(),
    'p3.png': await picture().withIccProfile('p3').png().toBuffer(),
    'picture.avif': await picture().avif({ quality: 90 }).toBuffer(),
    'rotated.jpg': await picture().jpeg().withMetadata({ orientation: 6 }).toBuffer(),
  }
}

/** Pictures that are refused, by name, with a word of the reason. */
export async function badPictures(): Promise<Readonly<Record<string, readonly [Buffer, RegExp]>>> {
  const noisy = await noisyJpeg()
  const png = await picture().png().toBuffer()
  const one = sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
  return {
    'empty.png': [Buffer.alloc(0), /empty/],
    'text.png': [Buffer.from('This is a text.'), /not a picture/],
    'noise.jpg': [Buffer.from([0xff, 0xd8, 0xff, ...Array(200).fill(7)]), /damaged or cut short/],
    'cut.jpg': [noisy.subarray(0, noisy.length >> 1), /damaged: the lower [4-6]\d % of the picture/],
    'cut.png': [png.subarray(0, png.length >> 1), /damaged or cut short/],
    'head.png': [png.subarray(0, 8), /damaged or cut short/],
    'one-pixel.png': [await one.png().toBuffer(), /1 x 1 pixel; .* 16 x 16/],
    'huge.png': [uniformPng(30_000), /30000 x 30000 .*900 megapixels.* up to 512/],
    'phone.heic': [heicHead, /HEIC.* JPEG or PNG/],
    'drawing.svg': [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), /SVG/],
    'float.tif': [tiff({ bits: 32, format: 3 }), /TIFF of floating-point numbers.* 16 bits/],
    'double.tif': [tiff({ bits: 64, format: 3, bigEndian: true }), /TIFF of floating-point numbers/],
    'signed.tif': [tiff({ bits: 16, format: 2 }), /TIFF of signed numbers/],
    'deep.tif': [tiff({ bits: 32 }), /TIFF of more than 16 bits/],
    'lab.tif': [tiff({ photometric: 8, bigEndian: true }), /TIFF in Lab colours.* RGB/],
    'page.pdf': [Buffer.from('%PDF-1.7'), /PDF/],
  }
}

/** Writes a file into a folder and gives its path. */
export function put(folder: string, name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}
