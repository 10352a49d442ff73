import { MienError } from '../../engine/errors.ts'
import type { Image, PictureSize } from '../../engine/runtime.ts'
import { libvips } from './libvips.ts'
import { checkedMetadata, neutralGround, rgbOf } from './sharp-codec.ts'

/** A GIF or WebP with more than one frame. */
export interface AnimatedPicture extends PictureSize {
  readonly format: 'gif' | 'webp'
  /** How long each frame is shown, in milliseconds, as the file has it. */
  readonly delays: readonly number[]
  /** Decodes frames in order, a block of them at a time. Throws MienError 'bad-image'. */
  frames(from: number, to: number): AsyncGenerator<Image>
}

/** Of animated WebP, 1..100. */
const quality = 85

/** Bytes of decoded frames that are held at once. The decoder begins at the first frame for each block, so blocks are large. */
const blockBytes = 64 * 2 ** 20

/** Opens an animated picture; undefined for a still. Throws MienError 'bad-image'. */
export async function openAnimatedPicture(
  bytes: Uint8Array,
  name: string,
): Promise<AnimatedPicture | undefined> {
  const { width, height, format, pages = 1, delay = [] } = await checkedMetadata(bytes, name)
  if (pages === 1 || (format !== 'gif' && format !== 'webp')) return undefined
  const frameBytes = width * height * 3
  const perBlock = Math.max(1, Math.floor(blockBytes / frameBytes))

  async function block(page: number, count: number): Promise<Uint8Array> {
    const sharp = await libvips()
    const options = { page, pages: count, limitInputPixels: false, failOn: 'error' } as const
    try {
      const { data, info } = await sharp(bytes, options)
        .flatten({ background: neutralGround })
        .toColourspace('srgb')
        .raw({ depth: 'uchar' })
        .toBuffer({ resolveWithObject: true })
      return rgbOf(data, info.channels)
    } catch (cause) {
      throw new MienError(
        'bad-image',
        `${name} is damaged: frames from number ${page + 1} on cannot be decoded.`,
        {
          file: name,
          hint: 'Copy it again, or choose another file.',
          cause,
        },
      )
    }
  }

  return {
    ...{ width, height, format },
    delays: Array.from({ length: pages }, (_, page) => delay[page] ?? 0),
    async *frames(from, to) {
      for (let first = from; first < to; first += perBlock) {
        const count = Math.min(perBlock, to - first)
        const data = await block(first, count)
        for (let frame = 0; frame < count; frame++) {
          // A copy, so that a frame that is kept does not keep its block.
          yield { width, height, data: data.slice(frame * frameBytes, (frame + 1) * frameBytes) }
        }
      }
    },
  }
}

/** How an animated picture is shown. */
export interface AnimationPlan extends PictureSize {
  readonly format: AnimatedPicture['format']
  /** Of each frame, in milliseconds; a GIF counts in hundredths of a second. */
  readonly delays: readonly number[]
  /** An XMP packet for its metadata, for which a GIF has no place. */
  readonly xmp?: string | undefined
}

/** The file of an animated picture that is played again and again, of the pixels of all its frames one after another. */
export async function encodeAnimation(
  frames: Uint8Array,
  { width, height, format, delays, xmp }: AnimationPlan,
): Promise<Uint8Array> {
  const raw = { width, height: height * delays.length, pageHeight: height, channels: 3 } as const
  const sharp = await libvips()
  const animation = sharp(frames, { raw, limitInputPixels: false })
  const options = { delay: [...delays], loop: 0 }
  if (format === 'gif') return animation.gif(options).toBuffer()
  return (xmp === undefined ? animation : animation.withXmp(xmp)).webp({ ...options, quality }).toBuffer()
}
