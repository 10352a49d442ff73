import { MienError } from '../../engine/errors.ts'
import { oddTiff } from './tiff-kind.ts'

/** The kinds of pictures that Mien decodes. */
export const readableFormats = 'JPEG, PNG, WebP, GIF, TIFF or AVIF'

const chooseAnother = `Choose a ${readableFormats} picture.`

const inUsualNumbers = 'Save it with 8 or 16 bits a channel first.'

/** Formats that people try and Mien does not decode: how they are called, and what helps. */
const refused = {
  heic: {
    name: 'a HEIC picture',
    hint: 'Save it as JPEG or PNG first: open it in the photo app of the phone or computer and export it.',
  },
  svg: { name: 'an SVG drawing', hint: 'Export it as PNG first.' },
  pdf: { name: 'a PDF document', hint: 'Export the page as PNG first.' },
  bmp: { name: 'a BMP picture', hint: 'Save it as PNG first.' },
  jxl: { name: 'a JPEG XL picture', hint: 'Save it as JPEG or PNG first.' },
  psd: { name: 'a Photoshop document', hint: 'Export it as PNG first.' },
  video: { name: 'a video', hint: 'Export one frame of it as PNG first.' },
  floatTiff: { name: 'a TIFF of floating-point numbers', hint: inUsualNumbers },
  signedTiff: { name: 'a TIFF of signed numbers', hint: inUsualNumbers },
  deepTiff: { name: 'a TIFF of more than 16 bits a channel', hint: inUsualNumbers },
  labTiff: { name: 'a TIFF in Lab colours', hint: 'Save it in RGB colours first.' },
  zip: { name: 'a zip archive', hint: chooseAnother },
} as const

/**
 * Recognises a picture by its first bytes, never by its name, before any decoder sees it.
 * Throws MienError 'bad-image' that names the kind for everything that is not decoded.
 */
export function requireReadableFormat(bytes: Uint8Array, name: string): void {
  if (bytes.length === 0) {
    throw new MienError('bad-image', `${name} is empty.`, { file: name, hint: chooseAnother })
  }
  const kind = formatOf(bytes)
  if (kind === 'readable') return
  if (kind === undefined) {
    throw new MienError('bad-image', `${name} is not a picture.`, { file: name, hint: chooseAnother })
  }
  const { name: what, hint } = refused[kind]
  throw new MienError('bad-image', `${name} is ${what}, which Mien does not read.`, { file: name, hint })
}

/** Whether the first bytes are of a picture, one that is read or not. */
export function isPicture(bytes: Uint8Array): boolean {
  const kind = formatOf(bytes)
  return kind !== undefined && kind !== 'video'
}

function formatOf(bytes: Uint8Array): 'readable' | keyof typeof refused | undefined {
  const text = Array.from(bytes.subarray(0, 256), (byte) => String.fromCharCode(byte)).join('')
  if (text.startsWith('\x89PNG\r\n\x1a\n') || text.startsWith('\xff\xd8\xff')) return 'readable'
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'readable'
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'readable'
  // TIFF and BigTIFF, either byte order.
  if (/^(II[*+]\0|MM\0[*+])/.test(text)) return oddTiff(bytes) ?? 'readable'
  if (text.slice(4, 8) === 'ftyp') return isoMediaKind(text)
  if (/^\xef?\xbb?\xbf?\s*(<\?xml|<svg|<!DOCTYPE svg|<!--)/i.test(text)) return 'svg'
  if (text.startsWith('%PDF')) return 'pdf'
  if (text.startsWith('BM')) return 'bmp'
  if (text.startsWith('\xff\x0a') || text.slice(4, 8) === 'JXL ') return 'jxl'
  if (text.startsWith('8BPS')) return 'psd'
  if (text.startsWith('PK')) return 'zip'
  if (text.startsWith('\x1aE\xdf\xa3')) return 'video'
  return undefined
}

/** AVIF, HEIC and MP4 share one container; the brands at its head tell them apart. */
function isoMediaKind(text: string): 'readable' | 'heic' | 'video' {
  const length = Math.min(256, Math.max(16, text.charCodeAt(2) * 256 + text.charCodeAt(3)))
  const brands = text.slice(8, 12) + text.slice(16, length)
  if (/avif|avis/.test(brands)) return 'readable'
  if (/hei[cxms]|hev[cxms]|mif1|msf1/.test(brands)) return 'heic'
  return 'video'
}
