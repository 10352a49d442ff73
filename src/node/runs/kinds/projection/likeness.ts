import * as v from 'valibot'
import { pointsInQuad } from '../../../../engine/face/quad.ts'
import { finite } from '../../../../engine/fields.ts'
import { likenessWarnings } from '../../../../shared/likeness.ts'
import { type SpawnWorker, startEngine } from '../../../engine/client.ts'
import type {
  LikenessFaces,
  LikenessOutcome,
  LikenessParameters,
  RememberedFace,
} from '../../../engine/likeness-messages.ts'
import type { Alignment, PictureInput, ProjectOutcome, TargetImages } from '../../../engine/protocol.ts'
import { sha256 } from '../../../host/sha256.ts'
import { sharpCodec } from '../../../runtime/sharp-codec.ts'
import { drawnFace } from './drawn-face.ts'
import { type LikenessWish, likenessKinds, type ProjectionOrder } from './order.ts'
import { alteredPhotograph } from './picture-metadata.ts'

/** What a photograph came to that was warped, or what a generator draws that was tuned on it. */
export const likenessReport = v.object({
  kind: v.picklist(likenessKinds),
  /** The distance of its face from the look's; below 0.6 for photographs of one person. */
  identity: finite,
  /** The mean distance of the inner landmarks from where they were aimed at, over the distance of the eyes. */
  landmarks: finite,
  /** How many times longer the most drawn-out part of the face has become. */
  stretch: finite,
  warnings: v.pipe(v.array(v.picklist(likenessWarnings)), v.readonly()),
  seconds: finite,
})
export type LikenessReport = Readonly<v.InferOutput<typeof likenessReport>>

/** The look's photograph with the landmarks of a run, as PNG. */
export interface RunPhotograph {
  readonly square: Uint8Array
  readonly whole?: Uint8Array
  readonly figures: LikenessReport
  /** What it was made of. */
  readonly faces: LikenessFaces
}

/** What the metadata of a photograph that was warped without a project say. */
export const warpedXmp = alteredPhotograph(undefined, true)

const encoding = { format: 'png', xmp: warpedXmp } as const

/**
 * Warps the look's photograph to the landmarks of the other picture, or to those that the search has reached where that
 * is wished or the other picture has none. Undefined where the look has no face that is known, or is a drawing and none
 * is wanted then.
 */
export async function photographOf(
  spawn: SpawnWorker,
  { look, landmarks }: Pick<ProjectionOrder, 'look' | 'landmarks'>,
  wish: LikenessWish,
  { alignments }: TargetImages,
  { image, points }: Pick<ProjectOutcome, 'image' | 'points'>,
): Promise<RunPhotograph | undefined> {
  const own = faceOf(look, alignments?.look)
  if (own === undefined) return undefined
  const other = faceOf(landmarks, alignments?.landmarks)
  const bytes = await sharpCodec.encodePng(image)
  const drawn = drawnFace(bytes, image.width, points)
  const faces: LikenessFaces = {
    ...{ look: own, shares: wish.shares },
    target: [
      ...(other === undefined || wish.aim === 'result' ? points : pointsInQuad(other.points, other.quad)),
    ],
    mouths: other === undefined ? [drawn] : [other, drawn],
  }
  const engine = startEngine(spawn)
  try {
    const make = async (form: LikenessParameters['form']) =>
      given(await engine.start('likeness', { ...faces, encoding, form, judge: form === 'square' }).outcome)
    const square = await make('square')
    if (square.drawn && wish.ofPhotographs) return undefined
    const whole = wish.pasteBack ? await make('whole') : undefined
    const { file, judged, reach, warnings } = square
    if (judged === undefined) throw new Error('the engine did not judge the photograph')
    const seconds = square.seconds + (whole?.seconds ?? 0)
    return {
      square: file,
      ...(whole && { whole: whole.file }),
      faces,
      figures: { kind: 'warp', ...judged, stretch: reach.stretch, warnings, seconds },
    }
  } finally {
    engine.close()
  }
}

function faceOf({ name, bytes }: PictureInput, alignment: Alignment | undefined): RememberedFace | undefined {
  if (alignment?.points === undefined) return undefined
  return {
    picture: { name, sha256: sha256(bytes), bytes },
    quad: alignment.quad,
    points: alignment.points,
  }
}

function given(outcome: LikenessOutcome) {
  if ('missing' in outcome) throw new Error('the engine did not take pictures that came with their bytes')
  return outcome
}
