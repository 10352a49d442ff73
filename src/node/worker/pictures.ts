import { MienError } from '../../engine/errors.ts'
import { alignedImage } from '../../engine/face/alignment.ts'
import type { Face } from '../../engine/face/face.ts'
import { ffhqQuad } from '../../engine/face/quad.ts'
import { centreSquare } from '../../engine/picture/centre-square.ts'
import { type Parts, withParts } from '../../engine/projection/parts.ts'
import type { Image } from '../../engine/runtime.ts'
import { boundedCache } from '../../shared/bounded-cache.ts'
import type { Alignment, JobEvents, PictureInput, TargetInput } from '../engine/protocol.ts'
import { sha256 } from '../host/sha256.ts'
import { sharpCodec } from '../runtime/sharp-codec.ts'
import { type FaceSearch, openFaceSearch } from './face-search.ts'

/** Below this nothing of a face is left to see. */
const leastSide = 16

/** A picture whose square is known, not yet cut out. */
export interface TargetPicture {
  readonly image: Image
  /** Absent where it is taken as it is. */
  readonly alignment?: Alignment
}

/**
 * Decodes pictures and finds the faces by which they are aligned, before any model is opened. Throws MienError
 * 'bad-image', also where there is no face, and 'mismatch' for a face that is not there.
 *
 * @param kept where what finds faces stays open
 */
export async function decodeTargets(
  inputs: readonly TargetInput[],
  events: Pick<JobEvents, 'stage' | 'notice'> = {},
  kept?: Parts,
): Promise<readonly TargetPicture[]> {
  events.stage?.('pictures')
  const images: Image[] = []
  for (const input of inputs) {
    images.push(await decode(input))
    await tellOfScaling(input, events)
  }
  return withParts(kept, async (parts) => {
    if (inputs.some(needsSearch)) events.stage?.('faces')
    const search = () => parts.get('faces', openFaceSearch)
    const targets: TargetPicture[] = []
    for (const [i, input] of inputs.entries()) {
      const alignment = await alignmentOf(input, images[i]!, search)
      targets.push({ image: images[i]!, ...(alignment === undefined ? {} : { alignment }) })
    }
    return targets
  })
}

/** The same for one picture that comes while a job runs; no stage is told. */
export async function decodeTarget(input: TargetInput): Promise<TargetPicture> {
  const [target] = await decodeTargets([input])
  return target!
}

/** The aligned face, or the centre square as the reference takes aligned pictures, in that size. */
export function squareOf({ image, alignment }: TargetPicture, size: number): Image {
  return alignment === undefined ? centreSquare(image, size) : alignedImage(image, alignment.quad, size)
}

function needsSearch({ alignment }: TargetInput): boolean {
  return alignment !== 'none' && !('points' in alignment) && !('quad' in alignment)
}

async function alignmentOf(
  input: TargetInput,
  { width, height }: Image,
  search: () => Promise<FaceSearch>,
): Promise<Alignment | undefined> {
  const { alignment, name } = input
  if (alignment === 'none') return undefined
  if ('quad' in alignment) return { width, height, faces: 0, ...alignment }
  if ('points' in alignment) {
    const { points } = alignment
    return { width, height, faces: 0, points, quad: ffhqQuad(points) }
  }
  const faces = await facesIn(input, search)
  const number = alignment.face ?? 1
  const face = faces[number - 1]
  if (faces.length === 0) throw noFace(name)
  if (face === undefined) {
    const count = faces.length === 1 ? 'one face' : `${faces.length} faces`
    throw new MienError('mismatch', `${name} shows ${count}; there is no face ${number}.`, {
      file: name,
      hint: `"mien detect ${name}" lists them, the largest first.`,
    })
  }
  const { box, score, points } = face
  return {
    width,
    height,
    faces: faces.length,
    face: { number, box, score },
    points: [...points],
    quad: ffhqQuad(points),
  }
}

/** By the hashes of pictures: in many pairs of few pictures each is looked at many times. */
const found = boundedCache<readonly Face[]>(2 ** 22, (faces) => (1 + faces.length) * bytesOfFace)

/** Its points, as doubles. */
const bytesOfFace = 68 * 2 * 8

async function facesIn(input: TargetInput, search: () => Promise<FaceSearch>): Promise<readonly Face[]> {
  const key = sha256(input.bytes)
  const known = found.get(key)
  if (known !== undefined) return known
  const { faces } = await (await search()).find(input)
  found.set(key, faces)
  return faces
}

function noFace(name: string): MienError {
  return new MienError('bad-image', `No face was found in ${name}.`, {
    file: name,
    hint:
      'Give its 68 landmarks by hand ("mien align" takes --points FILE, "mien project" --look-points FILE and ' +
      '--landmarks-points FILE), or let "mien project" take an aligned picture as it is with --no-align.',
  })
}

/** Tells of a picture that is taken smaller than it is. Throws MienError 'bad-image'. */
export async function tellOfScaling(
  { bytes, name }: PictureInput,
  { notice }: Pick<JobEvents, 'notice'>,
): Promise<void> {
  const { width, height, own } = await sharpCodec.measure(bytes, name)
  if (own.width === width) return
  const millions = Math.round((own.width * own.height) / 1e6)
  notice?.(
    `${name} has ${own.width} x ${own.height} pixels (${millions} megapixels); it was scaled down to ${width} x ${height}.`,
  )
}

/** Throws MienError 'bad-image', also for a picture that is too small for a face. */
export async function decode({ bytes, name }: PictureInput): Promise<Image> {
  const image = await sharpCodec.decode(bytes, name)
  const { width, height } = image
  if (Math.min(width, height) >= leastSide) return image
  throw new MienError(
    'bad-image',
    `${name} has ${width} x ${height} ${width * height === 1 ? 'pixel' : 'pixels'}; a face needs at least ${leastSide} x ${leastSide}.`,
    { file: name, hint: 'Choose a larger picture.' },
  )
}
