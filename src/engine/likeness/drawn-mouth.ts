import { sumOf } from './bare-skin.ts'
import type { Gap } from './gap.ts'
import { smoothStep } from './outline.ts'

/** Parts of colours that are left within the mouth: of what is at the lips' edge, and of the lips in the depth and for the tongue. */
const rim = [0.88, 0.78, 0.77] as const
export const deep = [0.45, 0.25, 0.23] as const
const tongue = [0.68, 0.44, 0.41] as const

/** The upper lip and the lower one roll inwards across these, in widths of the mouth, the lower one by that part of the opening more: their colours go over into the depth. */
const [upperRolls, lowerRolls, rollsMore] = [0.085, 0.06, 0.25]

/** Teeth hang so far from the upper lip, in widths, or as a part of the opening, and are so light beside the skin. */
const [longTeeth, ofOpening, teethLight] = [0.19, 0.52, 1.32]

/** The upper lip leaves so much light to them where they come out, and the corners of the mouth so much. */
const [underLip, inCorners] = [0.65, 0.5]

/** Between teeth, which are so wide, lies a line of that width, in widths of the mouth; it takes so much of their light and of their length. */
const [wideTooth, between, ofLight, ofLength] = [0.105, 0.03, 0.08, 0.04]

/** Openings from which on teeth are seen, and a tongue, in widths. */
const [teethFrom, teethTo] = [0.06, 0.16]
const [tongueFrom, tongueTo] = [0.2, 0.45]

/** Writes the colour within a mouth at a place across and down over that which is there. */
export type MouthColours = (across: number, down: number, into: Float64Array) => void

/**
 * The inside of a mouth that no picture shows, in a look's light: lips roll into a dark red-brown, with teeth below the upper lip
 * and a tongue where it opens wide. A little opening is no more than a shade.
 *
 * @param lips the mean colour of the lips
 * @param skin of the skin around them
 */
export function drawnMouth(
  { upper, lower }: Gap,
  lips: ArrayLike<number>,
  skin: ArrayLike<number>,
): MouthColours {
  const open = Math.max(1e-6, lower(0.5) - upper(0.5))
  const [teeth, tongues] = [smoothStep(teethFrom, teethTo, open), smoothStep(tongueFrom, tongueTo, open)]
  const toothAt = teethOf(Math.min(longTeeth, ofOpening * open))
  const grey = sumOf(skin) / 3
  return (across, down, into) => {
    const aside = Math.min(1, Math.abs(2 * across - 1))
    const [fromUpper, fromLower] = [down - upper(across), lower(across) - down]
    const depth =
      smoothStep(0, upperRolls, fromUpper) * smoothStep(0, lowerRolls + rollsMore * open, fromLower)
    const lies =
      tongues *
      (0.4 + 0.6 * depth) *
      (1 - smoothStep(0.4, 1, Math.hypot(aside / 0.9, fromLower / (0.8 * open))))
    const { share, light } = toothAt(aside, fromUpper)
    const rolls = 1 - smoothStep(0.85, 1, aside)
    const dimmed = Math.min(1, sumOf(lips) / Math.max(1, sumOf(into)))
    for (let c = 0; c < 3; c++) {
      const lip = (dimmed * into[c]! + Math.min(lips[c]!, into[c]!)) / 2
      const edge = (1 - rolls * (1 - rim[c]!)) * lip
      const dark = edge + depth * (deep[c]! * lips[c]! - edge)
      const soft = dark + lies * (tongue[c]! * lips[c]! - dark)
      into[c] = soft + 0.9 * teeth * share * ((light * (2 * skin[c]! + grey)) / 3 - soft)
    }
  }
}

/** How far there is a tooth at a place, and how light it is beside the skin. */
function teethOf(long: number) {
  return (aside: number, fromUpper: number) => {
    const fromLine = wideTooth * Math.abs(((aside / 2 / wideTooth + 0.5) % 1) - 0.5)
    const line = 1 - smoothStep(0, between, fromLine)
    const hangs = long * Math.sqrt(1 - aside ** 4) * (1 - ofLength * line)
    return {
      share: (1 - smoothStep(0.75 * hangs, hangs + 0.015, fromUpper)) * (1 - smoothStep(0.5, 0.95, aside)),
      light:
        teethLight *
        (1 - ofLight * line) *
        (1 - inCorners * aside * aside) *
        (underLip + (1 - underLip) * smoothStep(0, 0.45 * long, fromUpper)),
    }
  }
}
