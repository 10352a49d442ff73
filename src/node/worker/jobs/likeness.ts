import { sideOf } from '../../../engine/face/quad.ts'
import { aimedPoints } from '../../../engine/likeness/aimed-points.ts'
import { isDrawnLook } from '../../../engine/likeness/drawn-look.ts'
import { warpedPhotograph } from '../../../engine/likeness/warped-photograph.ts'
import { resizeLanczos } from '../../../engine/picture/lanczos.ts'
import type { Image } from '../../../engine/runtime.ts'
import type { FloatTensor } from '../../../engine/tensor.ts'
import { boundedCache } from '../../../shared/bounded-cache.ts'
import type { LikenessOutcome, LikenessParameters, RememberedFace } from '../../engine/likeness-messages.ts'
import { encodePicture } from '../../runtime/sharp-codec.ts'
import { heldPicture, heldSquare } from '../held-pictures.ts'
import { type LikenessJudge, openLikenessJudge } from '../likeness-judge.ts'
import { lookPortrait } from '../look-portrait.ts'
import { squarePortrait } from '../square-portrait.ts'

/** Parts of another face are taken from a square of this side at most. */
const mostPartSide = 2048

/** The side in which a look is described. */
const describedSide = 256

/** Opened with the first use, and kept as long as the process. */
let opened: Promise<LikenessJudge> | undefined
function judgeOf(): Promise<LikenessJudge> {
  opened ??= openLikenessJudge()
  opened.catch(() => {
    opened = undefined
  })
  return opened
}

const descriptors = boundedCache<FloatTensor>(2 ** 16, ({ data }) => data.byteLength)

/**
 * The look's photograph with the landmarks that are asked for; see `warpedPhotograph`. Throws MienError 'bad-image',
 * 'mismatch' for a square that does not fit its picture.
 */
export async function likeness(parameters: LikenessParameters): Promise<LikenessOutcome> {
  const started = performance.now()
  const { look, mouths, eyes, target, shares, form, encoding, size, enlarged } = parameters
  const images = new Map<string, Image>()
  const missing: string[] = []
  for (const { picture } of [look, ...mouths, ...(eyes === undefined ? [] : [eyes])]) {
    const image = await heldPicture(picture)
    if (image === undefined) missing.push(picture.sha256)
    else images.set(picture.sha256, image)
  }
  if (missing.length > 0) return { missing }
  const imageOf = ({ picture }: RememberedFace) => images.get(picture.sha256)!

  const own = await lookPortrait(look, imageOf(look), form, size)
  const frameSide = Math.round(sideOf(own.quad))
  const other = (face: RememberedFace) =>
    squarePortrait(face, imageOf(face), Math.min(frameSide, mostPartSide))
  const aimed = aimedPoints(own.points, target, shares)
  const result = warpedPhotograph(own, aimed, {
    mouths: await Promise.all(mouths.map(other)),
    ...(eyes === undefined ? {} : { eyes: await other(eyes) }),
  })
  const { image, points, reach, warnings, parts } = result
  const known = await descriptorOf(look, imageOf(look))
  const judged =
    parameters.judge && form === 'square' ? await (await judgeOf()).judge(image, known, points) : undefined
  const isSmall = form === 'square' && enlarged && size !== undefined && image.width < size
  const sized = isSmall ? resizeLanczos(image, size, size) : image
  return {
    file: await encodePicture(sized, encoding, form === 'whole' ? size : undefined),
    points: [...points],
    ...{ reach, warnings, parts },
    drawn: isDrawnLook(known),
    ...(judged === undefined ? {} : { judged }),
    seconds: (performance.now() - started) / 1000,
  }
}

async function descriptorOf({ picture, quad }: RememberedFace, image: Image): Promise<FloatTensor> {
  const key = `${picture.sha256}/${quad.flat().join()}`
  const known = descriptors.get(key)
  if (known !== undefined) return known
  const square = await heldSquare(picture.sha256, image, quad, describedSide)
  const descriptor = await (await judgeOf()).describe(square)
  descriptors.set(key, descriptor)
  return descriptor
}
