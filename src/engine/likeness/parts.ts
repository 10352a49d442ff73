import { eyesDistance } from '../face/quad.ts'

/** What a warp cannot make of a look: it has to come from the other picture. */
export type PartName = 'mouth' | 'lips' | 'left eye' | 'right eye'

/** Pairs of upper and lower landmarks between which a mouth opens. */
const mouthGaps = [
  [61, 67],
  [62, 66],
  [63, 65],
] as const
/** Mouths that open by more than this, in distances of the eyes, show what the look's mouth does not hold. */
const opens = 0.05

/** Mouths narrower than this are closed, wider than that may show teeth; between them lie some of both kinds. */
const closed = 0.07
const parted = 0.08

/** A mouth can give its inside to one that opens this much further, in parts of its own opening. */
const mostStretched = 1.8

/**
 * The part of the mouth that the look cannot show by itself when its landmarks go where they are aimed at: the inside of
 * one that opens, the lips of one that closes.
 *
 * Of eyes nothing of the kind can be said: the landmarks of closed ones lie as far apart as those of open ones (0.33 of
 * their width against 0.27 to 0.34, measured on photographs), so it is for the user to say where they come from.
 */
export function missingMouth(
  look: ArrayLike<number>,
  aimed: ArrayLike<number>,
): 'mouth' | 'lips' | undefined {
  const [from, to] = [openingOf(look), openingOf(aimed)]
  if (to - from > opens) return 'mouth'
  return to < closed && from > parted ? 'lips' : undefined
}

/** Whether another face's mouth is open, or closed, enough to take that part of it. */
export function canGive(other: ArrayLike<number>, aimed: ArrayLike<number>, part: 'mouth' | 'lips'): boolean {
  const [has, wanted] = [openingOf(other), openingOf(aimed)]
  return part === 'mouth' ? has * mostStretched > wanted : has < closed
}

/** The mean gap between the lips, in distances of the eyes' centres. */
export function openingOf(points: ArrayLike<number>): number {
  const gaps = mouthGaps.map(([a, b]) =>
    Math.hypot(points[2 * a]! - points[2 * b]!, points[2 * a + 1]! - points[2 * b + 1]!),
  )
  return gaps.reduce((sum, gap) => sum + gap, 0) / mouthGaps.length / eyesDistance(points)
}
