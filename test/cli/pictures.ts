import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'

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

/** What a JPEG needs many bytes for. */
function noise(): Buffer {
  return Buffer.from(pixels().map((value, i) => (value + ((i * 7919) % 97)) & 255))
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
    'noisy.jpg': await sharp(noise(), { raw: { width, height, channels: 3 } })
      .jpeg()
      .toBuffer(),
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
  const jpeg = await picture().jpeg().toBuffer()
  const png = await picture().png().toBuffer()
  const one = sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
  return {
    'empty.png': [Buffer.alloc(0), /empty/],
    'text.png': [Buffer.from('This is a text.'), /not a picture/],
    'noise.jpg': [Buffer.from([0xff, 0xd8, 0xff, ...Array(200).fill(7)]), /damaged or cut short/],
    'cut.jpg': [jpeg.subarray(0, jpeg.length >> 1), /damaged or cut short/],
    'cut.png': [png.subarray(0, png.length >> 1), /damaged or cut short/],
    'head.png': [png.subarray(0, 8), /damaged or cut short/],
    'one-pixel.png': [await one.png().toBuffer(), /1 x 1 pixel; .* 16 x 16/],
    'huge.png': [uniformPng(20_000), /20000 x 20000 .*400 megapixels.* up to 64/],
    'phone.heic': [heicHead, /HEIC.* JPEG or PNG/],
    'drawing.svg': [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), /SVG/],
    'page.pdf': [Buffer.from('%PDF-1.7'), /PDF/],
  }
}

/** Writes a file into a folder and gives its path. */
export function put(folder: string, name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}
