import { MienError } from '../../engine/errors.ts'

/** Which looks go with which landmarks: each with each, or the first with the first, the second with the second, … */
export const pairings = ['all', 'zip'] as const
export type Pairing = (typeof pairings)[number]

/** The jobs of two lists of pictures, those of a look beside each other. Throws MienError 'wrong-use' for lists that cannot be zipped. */
export function pairsOf(
  looks: readonly string[],
  landmarks: readonly string[],
  pairing: Pairing,
): readonly { readonly look: string; readonly landmarks: string }[] {
  if (pairing === 'all')
    return looks.flatMap((look) => landmarks.map((other) => ({ look, landmarks: other })))
  if (looks.length !== landmarks.length) {
    throw new MienError(
      'wrong-use',
      `There are ${looks.length} looks and ${landmarks.length} landmark pictures; one by one they do not come out even.`,
      { hint: 'Give as many of both, or pair all with all.' },
    )
  }
  return looks.map((look, i) => ({ look, landmarks: landmarks[i]! }))
}
