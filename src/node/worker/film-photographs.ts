import { aimedPoints } from '../../engine/likeness/aimed-points.ts'
import { momentTargets } from '../../engine/likeness/moment-targets.ts'
import { naturalSide } from '../../engine/likeness/portrait.ts'
import { warpedPhotograph } from '../../engine/likeness/warped-photograph.ts'
import type { Image } from '../../engine/runtime.ts'
import type { LikenessFaces, RememberedFace } from '../engine/likeness-messages.ts'
import type { FilmParameters } from '../engine/protocol.ts'
import { largestPanel, type MarkedPicture } from '../video/film.ts'
import { heldPicture } from './held-pictures.ts'
import { squarePortrait } from './square-portrait.ts'

type Frame = FilmParameters['frames'][number]

/** The look's photograph in the moments of a search. */
export interface FilmPhotographs {
  /** The square as it was. */
  readonly look: Image
  /** The moments in which it can be shown: those whose landmarks are known. */
  readonly frames: readonly Frame[]
  /** The photograph in one of them, made anew with each call. */
  at(moment: number): Required<MarkedPicture>
}

/**
 * Prepares the photograph of a film, whose pictures come with their bytes. Throws MienError 'bad-image', 'mismatch' for a
 * square that does not fit its picture.
 */
export async function filmPhotographs(
  { look, mouths, eyes, target, shares }: LikenessFaces,
  all: readonly Frame[],
): Promise<FilmPhotographs> {
  const side = Math.min(largestPanel, naturalSide(look.quad)) & ~1
  const portrait = async (face: RememberedFace) => {
    const image = await heldPicture(face.picture)
    if (image === undefined) throw new Error('a picture of the film came without its bytes')
    return squarePortrait(face, image, side)
  }
  const own = await portrait(look)
  const sources = {
    mouths: await Promise.all(mouths.map(portrait)),
    ...(eyes === undefined ? {} : { eyes: await portrait(eyes) }),
  }
  const frames = all.filter(({ points }) => points !== null)
  const targets = momentTargets(
    own.points,
    target,
    frames.map(({ points }) => points!),
  )
  return {
    look: own.image,
    frames,
    at(moment) {
      const { image, points } = warpedPhotograph(
        own,
        aimedPoints(own.points, targets[moment]!, shares),
        sources,
      )
      return { image, points: points.map((fraction) => fraction * side) }
    },
  }
}
