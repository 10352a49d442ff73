import { MienError } from '../../engine/errors.ts'
import { centreSquare } from '../../engine/picture/crop.ts'
import type { Image } from '../../engine/runtime.ts'
import { sharpCodec } from '../runtime/sharp-codec.ts'
import type { PictureInput, TargetImages } from './protocol.ts'

/** Below this nothing of a face is left to see. */
const leastSide = 16

/** Decodes both pictures, before any model is opened. Throws MienError 'bad-image'. */
export async function decodeTargets(
  look: PictureInput,
  landmarks: PictureInput,
): Promise<{ readonly look: Image; readonly landmarks: Image }> {
  return { look: await decodePicture(look), landmarks: await decodePicture(landmarks) }
}

/** The centre squares in the generator's size, as the reference takes aligned pictures. */
export function squareTargets(pictures: TargetImages, resolution: number): TargetImages {
  return {
    look: centreSquare(pictures.look, resolution),
    landmarks: centreSquare(pictures.landmarks, resolution),
  }
}

/** Throws MienError 'bad-image' for one that cannot be decoded, or is too large or too small. */
export async function decodePicture({ bytes, name }: PictureInput): Promise<Image> {
  const image = await sharpCodec.decode(bytes, name)
  const { width, height } = image
  if (Math.min(width, height) >= leastSide) return image
  throw new MienError(
    'bad-image',
    `${name} has ${width} x ${height} ${width * height === 1 ? 'pixel' : 'pixels'}; a face needs at least ${leastSide} x ${leastSide}.`,
    { file: name, hint: 'Choose a larger picture.' },
  )
}

/** The pictures of changes by name, as squares of the generator's size. */
export function namedPictures(
  find: (name: string) => PictureInput | undefined,
  resolution: number,
): (name: string) => Promise<Image | undefined> {
  return async (name) => {
    const picture = find(name)
    return picture === undefined ? undefined : centreSquare(await decodePicture(picture), resolution)
  }
}
