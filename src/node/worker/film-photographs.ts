import { aimedPoints } from '../../engine/likeness/aimed-points.ts'
import { momentTargets } from '../../engine/likeness/moment-targets.ts'
import { naturalSide } from '../../engine/likeness/portrait.ts'
import { warpedPhotograph } from '../../engine/likeness/warped-photograph.ts'
import type { Image } from '../../engine/runtime.ts'
import type { FilmParameters } from '../engine/film-messages.ts'
import type { LikenessFaces } from '../engine/likeness-messages.ts'
import { largestPanel } from '../video/film.ts'
import type { MarkedPicture } from '../video/panels.ts'
import { photographPortraits } from './photograph-portraits.ts'

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
export async function filmPhotographs(faces: LikenessFaces, all: readonly Frame[]): Promise<FilmPhotographs> {
  const { look, target, shares } = faces
  const side = Math.min(largestPanel, naturalSide(look.quad)) & ~1
  const { own, sources } = await photographPortraits(faces, side)
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
