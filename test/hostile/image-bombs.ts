import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'

/** A file that costs more than it should, or says what is not so. */
export interface ImageBomb {
  readonly title: string
  readonly bytes: Buffer
  /** Whether it must be refused; otherwise it may be decoded, within the limits. */
  readonly refused: boolean
}

const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

interface Header {
  readonly width: number
  readonly height: number
  readonly depth?: number
  readonly colour?: number
  readonly interlace?: number
}

function pngHeader({ width, height, depth = 1, colour = 0, interlace = 0 }: Header): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([depth, colour, 0, 0, interlace], 8)
  return chunk('IHDR', header)
}

/** A PNG with that header, these chunks before the data, and so many zeros as data. */
function png(header: Header, zeros: number, ...before: readonly Buffer[]): Buffer {
  const data = chunk('IDAT', deflateSync(Buffer.alloc(zeros), { level: 9 }))
  return Buffer.concat([signature, pngHeader(header), ...before, data, chunk('IEND', Buffer.alloc(0))])
}

/** Zeros of a grey PNG of 1 bit. */
function bits(side: number): number {
  return (Math.ceil(side / 8) + 1) * side
}

const megabytes = (count: number) => Buffer.alloc(count * 2 ** 20)
const small = { width: 32, height: 32 }
const text = (name: string) => Buffer.from(`${name}\0`, 'latin1')

/** A little-endian TIFF of these entries [tag, type, count, value], with `data` behind the directory. */
function tiff(
  entries: readonly (readonly [tag: number, type: number, count: number, value: number])[],
  data = Buffer.alloc(64),
  next = 0,
): Buffer {
  const directory = Buffer.alloc(2 + 12 * entries.length + 4)
  directory.writeUInt16LE(entries.length)
  entries.forEach(([tag, type, count, value], i) => {
    const at = 2 + 12 * i
    directory.writeUInt16LE(tag, at)
    directory.writeUInt16LE(type, at + 2)
    directory.writeUInt32LE(count, at + 4)
    directory.writeUInt32LE(value, at + 8)
  })
  directory.writeUInt32LE(next, directory.length - 4)
  const head = Buffer.from([0x49, 0x49, 42, 0, 8, 0, 0, 0])
  return Buffer.concat([head, directory, data])
}

/** Where the pixels of `greyTiff` begin, behind ten entries. */
const stripAt = 8 + 2 + 12 * 10 + 4

/** The usual entries of an uncompressed grey TIFF. */
function greyTiff(width: number, height: number, changes: Readonly<Record<number, number>> = {}): Buffer {
  const values: Record<number, number> = {
    256: width,
    257: height,
    258: 8,
    259: 1,
    262: 1,
    273: stripAt,
    277: 1,
    278: height,
    279: width * height,
    284: 1,
    ...changes,
  }
  return tiff(Object.entries(values).map(([tag, value]) => [Number(tag), 4, 1, value >>> 0] as const))
}

/** A JPEG whose header says another size. */
function jpegOfSize(jpeg: Buffer, width: number, height: number): Buffer {
  const copy = Buffer.from(jpeg)
  for (let at = 2; at < copy.length; ) {
    const marker = copy[at + 1]!
    if (marker >= 0xc0 && marker <= 0xc2) {
      copy.writeUInt16BE(height, at + 5)
      copy.writeUInt16BE(width, at + 7)
      return copy
    }
    at += 2 + copy.readUInt16BE(at + 2)
  }
  throw new Error('the JPEG has no frame')
}

/** A JPEG with its last scan so many times: progressive decoders do the work of each. */
function withScans(jpeg: Buffer, count: number): Buffer {
  const start = jpeg.lastIndexOf(Buffer.from([0xff, 0xda]))
  const scan = jpeg.subarray(start, jpeg.length - 2)
  return Buffer.concat([jpeg.subarray(0, start), ...Array(count).fill(scan), jpeg.subarray(-2)])
}

/** A GIF of one pixel with a screen and a frame of that size. */
function gif(screen: readonly [number, number], frame: readonly [number, number], frames = 1): Buffer {
  const words = (...numbers: readonly number[]) => numbers.flatMap((n) => [n & 255, n >> 8])
  const head = [...Buffer.from('GIF89a'), ...words(...screen), 0x80, 0, 0, 0, 0, 0, 255, 255, 255]
  const image = [0x2c, ...words(0, 0, ...frame), 0, 2, 2, 0x4c, 0x01, 0]
  return Buffer.from([...head, ...Array(frames).fill(image).flat(), 0x3b])
}

/** A lossless WebP whose header says that size. */
function webp(width: number, height: number): Buffer {
  const bitsOf = (width - 1) | ((height - 1) << 14)
  const data = Buffer.alloc(32)
  data[0] = 0x2f
  data.writeInt32LE(bitsOf, 1)
  const head = Buffer.alloc(20)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(12 + data.length, 4)
  head.write('WEBPVP8L', 8, 'latin1')
  head.writeUInt32LE(data.length, 16)
  return Buffer.concat([head, data])
}

/** An extended WebP whose canvas has that size and which holds no picture. */
function webpCanvas(width: number, height: number): Buffer {
  const data = Buffer.alloc(30)
  data.write('RIFF', 0, 'latin1')
  data.writeUInt32LE(22, 4)
  data.write('WEBPVP8X', 8, 'latin1')
  data.writeUInt32LE(10, 16)
  data.writeUIntLE(width - 1, 24, 3)
  data.writeUIntLE(height - 1, 27, 3)
  return data
}

/** The AVIF with its spatial extents property changed. */
function avifOfSize(avif: Buffer, width: number, height: number): Buffer {
  const copy = Buffer.from(avif)
  const at = copy.indexOf('ispe', 0, 'latin1')
  copy.writeUInt32BE(width, at + 8)
  copy.writeUInt32BE(height, at + 12)
  return copy
}

/** A JPEG with so many bytes of a segment of that kind, cut into pieces of the greatest length. */
function withSegments(jpeg: Buffer, marker: number, prefix: string, bytes: number): Buffer {
  const segments: Buffer[] = []
  for (let left = bytes; left > 0; left -= 65_000) {
    const body = Buffer.concat([Buffer.from(prefix, 'latin1'), Buffer.alloc(65_000)])
    const head = Buffer.from([0xff, marker, 0, 0])
    head.writeUInt16BE(body.length + 2, 2)
    segments.push(head, body)
  }
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)])
}

/** Larger than what is taken, and small as files: scaled down on the way, within so many mebibytes. */
export function largeBombs(): readonly (Pick<ImageBomb, 'title' | 'bytes'> & {
  readonly mebibytes: number
})[] {
  const side = 20_000
  const strip = deflateSync(Buffer.alloc(side * side), { level: 9 })
  const grey = greyTiff(side, side, { 259: 8, 279: strip.length })
  const one = { width: 11_500, height: 11_500, depth: 8, colour: 2, interlace: 1 }
  return [
    {
      title: 'PNG of 400 megapixels in 50 kB',
      bytes: png({ width: side, height: side }, bits(side)),
      mebibytes: 350,
    },
    {
      title: 'PNG of 67 125 249 pixels',
      bytes: png({ width: 8193, height: 8193 }, bits(8193)),
      mebibytes: 350,
    },
    {
      title: 'TIFF of one strip of 400 megapixels',
      bytes: Buffer.concat([grey.subarray(0, stripAt), strip]),
      mebibytes: 350,
    },
    { title: 'PNG of 132 megapixels, interlaced', bytes: png(one, 11_500 * 34_501 + 50_000), mebibytes: 800 },
  ]
}

export async function imageBombs(): Promise<readonly ImageBomb[]> {
  const picture = sharp({ create: { width: 64, height: 64, channels: 3, background: '#864' } })
  const jpeg = await picture.clone().jpeg().toBuffer()
  const progressive = await picture.clone().jpeg({ progressive: true }).toBuffer()
  const avif = await picture.clone().avif({ effort: 0 }).toBuffer()
  const refused = (title: string, bytes: Buffer): ImageBomb => ({ title, bytes, refused: true })
  const bounded = (title: string, bytes: Buffer): ImageBomb => ({ title, bytes, refused: false })
  const zeros = deflateSync(megabytes(64), { level: 9 })
  return [
    refused('PNG of 537 megapixels', png({ width: 23_171, height: 23_171 }, 100)),
    refused('PNG of 134 megapixels, interlaced', png({ width: 11_586, height: 11_586, interlace: 1 }, 100)),
    refused('PNG that is very wide', png({ width: 1_000_000, height: 68 }, 68 * 125_001)),
    refused('PNG that is very high', png({ width: 68, height: 1_000_000 }, 10 * 1_000_000)),
    refused('PNG of the greatest size', png({ width: 2 ** 31 - 1, height: 2 ** 31 - 1 }, 100)),
    refused('PNG of no width', png({ width: 0, height: 100 }, 100)),
    refused(
      'PNG of 64 bits a pixel, far too large',
      png({ width: 30_000, height: 30_000, depth: 16, colour: 6 }, 100),
    ),
    refused('PNG with interlace, far too large', png({ width: 30_000, height: 30_000, interlace: 1 }, 100)),
    refused('PNG with less data than pixels', png({ width: 4000, height: 4000, depth: 8 }, 100)),
    bounded('PNG with 64 MiB more data than pixels', png({ ...small, depth: 8 }, 64 * 2 ** 20)),
    bounded(
      'PNG with a compressed text of 64 MiB',
      png(
        { ...small, depth: 8 },
        33 * 32,
        chunk('zTXt', Buffer.concat([text('a'), Buffer.from([0]), zeros])),
      ),
    ),
    bounded(
      'PNG with a colour profile of 64 MiB',
      png(
        { ...small, depth: 8 },
        33 * 32,
        chunk('iCCP', Buffer.concat([text('a'), Buffer.from([0]), zeros])),
      ),
    ),
    bounded(
      'PNG with an international text of 64 MiB',
      png(
        { ...small, depth: 8 },
        33 * 32,
        chunk('iTXt', Buffer.concat([text('XML:com.adobe.xmp'), Buffer.from([1, 0, 0, 0]), zeros])),
      ),
    ),
    bounded(
      'PNG with 20 000 texts',
      png({ ...small, depth: 8 }, 33 * 32, ...Array(20_000).fill(chunk('tEXt', Buffer.from('a\0b')))),
    ),
    refused('JPEG of 65 500 x 65 500 in a kilobyte', jpegOfSize(jpeg, 65_500, 65_500)),
    bounded('JPEG that says 3000 x 3000 and ends at once', jpegOfSize(jpeg, 3000, 3000)),
    bounded('progressive JPEG that says 3000 x 3000', jpegOfSize(progressive, 3000, 3000)),
    refused('JPEG of no height', jpegOfSize(jpeg, 64, 0)),
    bounded('progressive JPEG of 5000 scans', withScans(progressive, 5000)),
    bounded('JPEG with 16 MiB of comments', withSegments(jpeg, 0xfe, '', 16 * 2 ** 20)),
    bounded('JPEG with 16 MiB of EXIF', withSegments(jpeg, 0xe1, 'Exif\0\0II*\0', 16 * 2 ** 20)),
    bounded(
      'JPEG with 16 MiB of colour profile',
      withSegments(jpeg, 0xe2, 'ICC_PROFILE\0\x01\xff', 16 * 2 ** 20),
    ),
    bounded('GIF with a screen of 65 535 x 65 535 and a frame of one pixel', gif([65_535, 65_535], [1, 1])),
    refused('GIF with a frame of 65 535 x 65 535', gif([65_535, 65_535], [65_535, 65_535])),
    bounded('GIF of 50 000 frames', gif([64, 64], [1, 1], 50_000)),
    refused('WebP of 16 383 x 16 383', webp(16_383, 16_383)),
    refused('WebP that says 7000 x 7000 and ends at once', webp(7000, 7000)),
    refused('WebP with a canvas of 16 777 216 x 255', webpCanvas(16_777_216, 255)),
    refused('TIFF of 100 000 x 100 000', greyTiff(100_000, 100_000)),
    refused('TIFF whose strips lie outside', greyTiff(4000, 4000, { 273: 2 ** 31 })),
    refused('TIFF of 65 535 samples a pixel', greyTiff(7000, 7000, { 277: 65_535 })),
    refused(
      'TIFF of tiles of 1 000 000 x 1 000 000',
      greyTiff(7000, 7000, { 322: 1_000_000, 323: 1_000_000, 324: 8 }),
    ),
    refused('TIFF whose directory follows itself', tiff([[256, 4, 1, 100]], Buffer.alloc(64), 8)),
    refused(
      'TIFF with an entry of 4 294 967 295 values',
      tiff([
        [256, 4, 0xffffffff, 8],
        [257, 4, 1, 8],
      ]),
    ),
    refused('AVIF of 30 000 x 30 000', avifOfSize(avif, 30_000, 30_000)),
    refused('AVIF that says 7000 x 7000', avifOfSize(avif, 7000, 7000)),
  ]
}
