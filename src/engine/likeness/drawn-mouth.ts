import type { Gap } from './gap.ts'
import { smoothStep } from './outline.ts'

/** Parts of the lips' colours that are left within the mouth: by the lips, in the depth, and of the tongue. */
const rim = [0.5, 0.3, 0.28] as const
const deep = [0.24, 0.11, 0.1] as const
const tongue = [0.6, 0.4, 0.4] as const

/** Across this the rim goes over into the depth, in widths of the mouth. */
const rimWidth = 0.1

/** Teeth hang so far from the upper lip, in widths, or as a part of the opening, and are so light beside the skin. */
const [longTeeth, ofOpening, teethLight] = [0.11, 0.4, 0.78]

/** Openings from which on teeth are seen, and a tongue, in widths. */
const [teethFrom, teethTo] = [0.06, 0.24]
const [tongueFrom, tongueTo] = [0.2, 0.45]

/** Writes the colour within a mouth at a place across and down. */
export type MouthColours = (across: number, down: number, into: Float64Array) => void

/**
 * The inside of a mouth that no picture shows, in a look's light: a dark red-brown, the shade of teeth below the upper lip, and a
 * tongue where it opens wide.
 *
 * @param lips the mean colour of the lips
 * @param skin of the skin around them
 */
export function drawnMouth(
  { upper, lower }: Gap,
  lips: ArrayLike<number>,
  skin: ArrayLike<number>,
): MouthColours {
  const open = lower(0.5) - upper(0.5)
  const long = Math.max(1e-6, Math.min(longTeeth, ofOpening * open))
  const [teeth, tongues] = [smoothStep(teethFrom, teethTo, open), smoothStep(tongueFrom, tongueTo, open)]
  const grey = (skin[0]! + skin[1]! + skin[2]!) / 3
  return (across, down, into) => {
    const aside = Math.min(1, Math.abs(2 * across - 1))
    const [fromUpper, fromLower] = [down - upper(across), lower(across) - down]
    const depth = smoothStep(0, rimWidth, Math.min(fromUpper, fromLower))
    const lies =
      tongues *
      (0.4 + 0.6 * depth) *
      (1 - smoothStep(0.4, 1, Math.hypot(aside / 0.62, fromLower / (0.5 * open))))
    const hangs = long * Math.sqrt(1 - aside ** 4)
    const tooth =
      teeth * (1 - smoothStep(0.55 * hangs, hangs + 0.015, fromUpper)) * (1 - smoothStep(0.5, 0.95, aside))
    const light = teethLight * (1 - 0.4 * aside * aside) * (0.6 + 0.4 * smoothStep(0, long, fromUpper))
    for (let c = 0; c < 3; c++) {
      const dark = lips[c]! * (rim[c]! + depth * (deep[c]! - rim[c]!))
      const soft = dark + lies * (tongue[c]! * lips[c]! - dark)
      into[c] = soft + 0.85 * tooth * ((light * (2 * skin[c]! + grey)) / 3 - soft)
    }
  }
}
