import { aimedPoints } from '../../engine/likeness/aimed-points.ts'
import type { Portrait } from '../../engine/likeness/portrait.ts'
import { warpedPhotograph } from '../../engine/likeness/warped-photograph.ts'
import { signedPicture } from '../../engine/projection/picture.ts'
import { inEveryLayer } from '../../engine/projection/projection.ts'
import type { TuningPair } from '../../engine/projection/tuning.ts'
import type { Image } from '../../engine/runtime.ts'
import { type FloatTensor, floatTensor } from '../../engine/tensor.ts'
import type { LikenessFigures } from '../engine/likeness-messages.ts'
import type { TuningFaces } from '../engine/tune-messages.ts'
import { openLikenessJudge } from './likeness-judge.ts'
import { photographPortraits } from './photograph-portraits.ts'

/** What a generator is taught of a photograph, in its own size. */
export interface TuningLesson {
  readonly pairs: readonly TuningPair[]
  /** The number of the pair of the aim. */
  readonly aim: number
  /** The look's own landmarks: 68 x (x, y) as fractions of the square. */
  readonly ownPoints: Float32Array
  /** Where the landmarks are aimed at: 68 x (x, y) as fractions of the square. */
  readonly points: Float32Array
  judge(image: Image): Promise<LikenessFigures>
}

/** Latents that a generator is taught pictures of, [1, 1, w_dim] or [1, num_ws, w_dim]. */
export interface TaughtLatents {
  /** Of the look with its own landmarks. */
  readonly own: FloatTensor
  readonly other: FloatTensor | undefined
  /** Rows that are taught: 1, or one a layer. */
  readonly rows: number
}

/**
 * The photograph as it is at the look's own latent; and where there is another, the photograph warped to the landmarks that are
 * aimed at there, and half the way at the latent halfway.
 *
 * @param drawn what the generator draws of a latent, with the landmarks found in it
 */
export async function tuningLesson(
  faces: TuningFaces,
  { own: ownLatent, other, rows }: TaughtLatents,
  side: number,
  drawn: (latent: FloatTensor) => Promise<Portrait>,
): Promise<TuningLesson> {
  const { own, sources } = await photographPortraits(faces, side)
  const near = rowsOf(ownLatent, rows)
  const first = { latent: near, picture: signedPicture(own.image), share: 1 }
  const lesson = (pairs: readonly TuningPair[], points: Float32Array): TuningLesson => ({
    ...{ pairs, points, aim: pairs.length - 1 },
    ownPoints: Float32Array.from(own.points),
    async judge(image) {
      const judge = await openLikenessJudge()
      return judge.judge(image, await judge.describe(own.image), points)
    },
  })
  if (other === undefined) return lesson([first], own.points)
  const far = rowsOf(other, rows)
  const { target, mouths } = await aimOf(faces, own, () => Promise.all([near, far].map(drawn)))
  const aimed = (part: number) =>
    aimedPoints(
      own.points,
      target,
      faces.shares.map((share) => Math.min(1, share) * part),
    )
  const from = { ...sources, mouths: [...sources.mouths, ...mouths] }
  const warped = (part: number) => signedPicture(warpedPhotograph(own, aimed(part), from).image)
  return lesson(
    [
      first,
      { latent: between(near, far), picture: warped(0.5), share: 0.5 },
      { latent: far, picture: warped(1), share: 2 },
    ],
    aimed(1),
  )
}

/**
 * Where the landmarks go all the way, and besides the faces' other mouths. By the drawings they are moved by what moves there: a
 * drawing's face is another's, so that its own places would change the look's.
 */
async function aimOf(
  { target }: TuningFaces,
  own: Portrait,
  drawings: () => Promise<readonly Portrait[]>,
): Promise<{ readonly target: ArrayLike<number>; readonly mouths: readonly Portrait[] }> {
  if (target === undefined) throw new Error('a latent that is taught has no landmarks')
  if (target !== 'drawn') return { target, mouths: [] }
  const [before, after] = await drawings()
  return {
    target: own.points.map((place, i) => place + after!.points[i]! - before!.points[i]!),
    mouths: [after!],
  }
}

function rowsOf(latent: FloatTensor, rows: number): FloatTensor {
  const { shape, data } = inEveryLayer(latent, rows)
  const wDim = shape[2]!
  return floatTensor([1, rows, wDim], data.slice(0, rows * wDim))
}

function between({ shape, data }: FloatTensor, other: FloatTensor): FloatTensor {
  return floatTensor(
    shape,
    data.map((value, i) => (value + other.data[i]!) / 2),
  )
}
