import type { Metadata, Sharp } from 'sharp'
import { MienError } from '../../engine/errors.ts'
import type { TranslucentImage } from '../../engine/picture/heat-map-overlay.ts'
import { resizeLanczos } from '../../engine/picture/lanczos.ts'
import type { Image, ImageCodec, PictureSize } from '../../engine/runtime.ts'
import { usualQuality } from '../../shared/exports.ts'
import { isJpeg, withEndMarker } from './jpeg-end.ts'
import { jpegLoss } from './jpeg-loss.ts'
import { libvips } from './libvips.ts'
import { readableFormats, requireReadableFormat } from './picture-format.ts'
import { megapixels, readableMegapixels, takenSize } from './picture-limits.ts'

/** Honest pictures of 64 megapixels take a few seconds; a busy machine may need many times that. */
const timeoutSeconds = 30

/** See-through pictures stand on middle grey, so that neither a dark nor a light outline appears. */
export const neutralGround = { r: 128, g: 128, b: 128 }

/** Decodes and encodes pictures with libvips. */
export const sharpCodec: ImageCodec = {
  async decode(bytes, name, within) {
    requireReadableFormat(bytes, name)
    const metadata = await checkedMetadata(bytes, name)
    const own = metadata.autoOrient
    const taken = takenSize(own)
    const seconds = Math.ceil((timeoutSeconds * megapixels(own)) / megapixels(taken))
    const picture = (await open(bytes, name, metadata)).autoOrient()
    const whole = taken === own ? picture : picture.resize({ ...taken, fit: 'fill' })
    try {
      const { data, info } = await (within === undefined ? whole : shrunk(picture, within))
        .flatten({ background: neutralGround })
        .toColourspace('srgb')
        .timeout({ seconds })
        .raw({ depth: 'uchar' })
        .toBuffer({ resolveWithObject: true })
      return { width: info.width, height: info.height, data: rgbOf(data, info.channels) }
    } catch (cause) {
      throw undecodable(name, seconds, cause)
    }
  },

  async measure(bytes, name) {
    requireReadableFormat(bytes, name)
    const { width, height } = (await checkedMetadata(bytes, name)).autoOrient
    const own = { width, height }
    return { ...takenSize(own), own }
  },

  encodePng: (image) => encodePicture(image, { format: 'png' }),

  async resize(image, width, height) {
    return resizeLanczos(image, width, height)
  },
}

/** How a picture becomes a file. */
export interface Encoding {
  readonly format: 'png' | 'jpeg' | 'webp' | 'tiff'
  /** Of JPEG and WebP, 1..100. */
  readonly quality?: number
  /** An XMP packet for its metadata; it has none otherwise. */
  readonly xmp?: string
}

/** The file of a picture, shrunk where a side is longer than `within`. */
export async function encodePicture(
  image: Image,
  { format, quality = usualQuality, xmp }: Encoding,
  within?: number,
): Promise<Uint8Array> {
  const { width, height } = image
  const sharp = await libvips()
  const raw = sharp(image.data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
  const picture = shrunk(raw, within)
  return encoded(xmp === undefined ? picture : picture.withXmp(xmp), format, quality).toBuffer()
}

/** The picture in another size, as near to it as looking at it needs; many times as fast as `resize`. */
export async function quicklyResized({ width, height, data }: Image, to: PictureSize): Promise<Image> {
  const sharp = await libvips()
  const resized = await sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .resize({ ...to, fit: 'fill' })
    .raw()
    .toBuffer()
  return { ...to, data: new Uint8Array(resized.buffer, resized.byteOffset, resized.byteLength) }
}

/** A picture with transparency as a PNG, enlarged smoothly to squares of that side. */
export async function encodeTranslucent(
  { width, height, data }: TranslucentImage,
  side: number,
): Promise<Uint8Array> {
  const sharp = await libvips()
  return sharp(data, { raw: { width, height, channels: 4 } })
    .resize(side, side, { fit: 'fill', kernel: 'cubic' })
    .png()
    .toBuffer()
}

/** Pixels an inch, which programs for print ask for: without it they would find one a millimetre, and lay pictures out huge. */
const density = 72

/** Colours keep their full resolution: edges of lips and eyes would fray otherwise. */
function encoded(picture: Sharp, format: Encoding['format'], quality: number): Sharp {
  if (format === 'jpeg') return picture.jpeg({ quality, chromaSubsampling: '4:4:4' })
  if (format === 'webp') return picture.webp({ quality, smartSubsample: true })
  if (format === 'tiff') {
    const [xres, yres] = [density / 25.4, density / 25.4]
    return picture.tiff({ compression: 'lzw', predictor: 'horizontal', xres, yres })
  }
  return picture.withDensity(density).png({ compressionLevel: 6, adaptiveFiltering: true })
}

async function open(bytes: Uint8Array, name: string, metadata: Metadata): Promise<Sharp> {
  const sharp = await libvips()
  const limitInputPixels = metadata.width * metadata.height
  const options = { limitInputPixels, page: 0, pages: 1, ignoreIcc: isPlainSrgb(metadata.icc) }
  if (!isJpeg(bytes)) return sharp(bytes, { ...options, failOn: 'error' })
  const loss = jpegLoss(bytes)
  if (loss !== undefined && loss !== 0) {
    const part = loss === 'somewhere' ? 'a part' : `the lower ${Math.ceil(100 * loss)} %`
    throw damaged(name, `${name} is damaged: ${part} of the picture cannot be decoded.`)
  }
  // libjpeg fills what it cannot decode with grey, and only warns; of JPEGs that are whole it warns too.
  return sharp(withEndMarker(bytes), { ...options, failOn: loss === undefined ? 'warning' : 'error' })
}

/** Formats that can be decoded at a part of their size are; JPEG at an eighth takes a tenth of the time. */
function shrunk(picture: Sharp, within: number | undefined): Sharp {
  if (within === undefined) return picture
  return picture.resize({ width: within, height: within, fit: 'inside', withoutEnlargement: true })
}

/** What the head of a picture says, of its first frame. Throws MienError 'bad-image' if it is damaged or too large. */
export async function checkedMetadata(bytes: Uint8Array, name: string): Promise<Metadata> {
  const sharp = await libvips()
  let metadata: Metadata
  try {
    metadata = await sharp(bytes, { limitInputPixels: false, page: 0, pages: 1 }).metadata()
  } catch (cause) {
    throw undecodable(name, timeoutSeconds, cause)
  }
  const { width, height } = metadata
  const most = readableMegapixels(metadata)
  if (megapixels(metadata) > most) {
    const millions = Math.round((width * height) / 1e6)
    throw new MienError(
      'bad-image',
      `${name} has ${width} x ${height} pixels (${millions} megapixels); Mien takes up to ${most}.`,
      { file: name, hint: 'Shrink the picture first; a face needs no more than about 2000 pixels.' },
    )
  }
  return metadata
}

/**
 * Whether the colours are sRGB as they stand. A conversion from sRGB to sRGB would move some values by one,
 * and a picture that already fits must not change.
 */
function isPlainSrgb(icc: Uint8Array | undefined): boolean {
  if (icc === undefined) return false
  const text = Buffer.from(icc).toString('latin1').replaceAll('\0', '')
  return text.includes('sRGB') && !/linear/i.test(text)
}

/** Grey and palette pictures may come with one or two channels; three are wanted. */
export function rgbOf(data: Buffer, channels: number): Uint8Array {
  // A plain array, since the methods of Buffer differ from those of its base class.
  if (channels === 3) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const pixels = data.length / channels
  const rgb = new Uint8Array(pixels * 3)
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      rgb[pixel * 3 + channel] = data[pixel * channels + (channels < 3 ? 0 : channel)]!
    }
  }
  return rgb
}

function undecodable(name: string, seconds: number, cause: unknown): MienError {
  const text = cause instanceof Error ? cause.message.trim().replace(/\s+/g, ' ') : String(cause)
  const slow = /timeout/i.test(text)
  const message = slow
    ? `${name} takes longer than ${seconds} seconds to decode.`
    : `${name} is damaged or cut short and cannot be decoded.`
  return damaged(name, message, cause)
}

function damaged(name: string, message: string, cause?: unknown): MienError {
  return new MienError('bad-image', message, {
    file: name,
    hint: `Open it in another program and save it again, or choose another ${readableFormats} picture.`,
    cause,
  })
}
