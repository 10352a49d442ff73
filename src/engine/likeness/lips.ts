import type { Image } from '../runtime.ts'
import { boundsOfPatch, type Difference, differenceOf, fourColours, type Patch } from './bare-skin.ts'
import { deep, drawnMouth } from './drawn-mouth.ts'
import { behindEdges, inGap, mouthGap, outOfGap, sharesAt } from './gap.ts'
import { smoothStep } from './outline.ts'
import { forEachPixel, frameOf, type Portrait } from './portrait.ts'
import { sampleCubic } from './sampling.ts'
import { mouthShows } from './seen-lips.ts'
import { lipColour, skinColour } from './transplant.ts'
import type { Shift } from './warp-field.ts'
import { toByte } from './warped-picture.ts'

/** A look's mouth: what lies between its lips was taken off the skin, and is put back where it is in a frame. */
export interface Mouth {
  readonly patch: Patch
  readonly difference: Difference
  /** How far it shows what is in it, 0..1. */
  readonly shows: number
  /** Mean colours of the lips and of the skin around them. */
  readonly lips: ArrayLike<number>
  readonly skin: ArrayLike<number>
}

/** Around a mouth, in its widths: what is taken off with it. */
const around = 0.06

/** Below the line between shut lips, so far in widths of the mouth, the lower one has its own colour. */
const belowSeam = 0.03

/** Width of the soft edge of lips, in widths of the mouth. */
const soft = 0.025

/** What lies behind the lips is drawn out by so much at most; beyond that the mouth is another's, or drawn. */
const mostDrawnOut = 1.25

/** Across this, in widths of the mouth, what hangs from the upper lip goes over into what is below. */
const hangingSoft = 0.06

/** Mouths of looks are taken to be open by so much more, in widths, when openings are compared. */
const comparable = 0.03

/** The line between lips that shut goes so far up and down, in widths of the mouth, and is so light beside them: the upper one shades the lower. */
const [lineUp, lineDown, lineLight] = [0.024, 0.03, 0.6]

/** What lies in the depth of a mouth that shuts is lighter by that part of it beside the lower lip. */
const lightBelow = 0.9

/** Across this the line, and the light on a lower lip, come out of the corners, in widths. */
const ending = 0.15

/** While a mouth shuts, from 0 to 1: when scraps of teeth go, and when the line between the lips comes. */
const [goes, comes] = [[0, 0.5] as const, [0.6, 1] as const]

/** A lower lip whose edge lies in the dark of an open mouth comes out of it as the mouth shuts: so light at least beside the mean of the lips. */
const leastLight = 0.85

/** What is around a mouth is drawn out to so many times as much at most. */
const mostAround = 2.5

/** While a mouth shuts, from 0 to 1, what lies between its lips goes over into the depth of a mouth. */
const shades = [0.5, 0.9] as const

export function mouthPatch(points: ArrayLike<number>): Patch {
  return { gap: mouthGap(points), up: around, down: around, beyond: around }
}

/** @param bare the look's picture with nothing between its lips */
export function mouthOfLook(look: Portrait, bare: Image): Mouth {
  const patch = mouthPatch(look.points)
  return {
    patch,
    difference: differenceOf(look, bare, patch),
    shows: mouthShows(look.points),
    lips: lipColour(look),
    skin: skinColour(look),
  }
}

/** How far a frame's mouth shows what the look's does not hold, 0..1. */
export function lacking({ patch: { gap } }: Mouth, points: ArrayLike<number>): number {
  const { height } = mouthGap(points)
  return smoothStep(
    1,
    mostDrawnOut,
    (Math.max(0, height) + comparable) / (Math.max(0, gap.height) + comparable),
  )
}

/**
 * Puts a look's mouth on a face that was moved: the lips' edges where they are in the frame, and between them what lies
 * there, which hangs from the upper lip and is covered by lips that come together. What it lacks is drawn.
 *
 * @param shift where the skin comes from, which was moved with nothing between the lips
 * @param drawn how far: less where another's mouth is there already, 0..1
 */
export function putMouth(
  { image, quad, points }: Portrait,
  look: Portrait,
  mouth: Mouth,
  shift: Shift,
  drawn: number,
): void {
  const { patch, difference, shows, lips, skin } = mouth
  const own = patch.gap
  const now = mouthGap(points)
  const lacks = lacking(mouth, points)
  const shut = shows * Math.max(0, 1 - Math.max(0, now.height) / Math.max(comparable, own.height))
  const shutting = smoothStep(...goes, shut)
  const covered = Math.max(shutting, shows * lacks)
  const [seam, shade] = [smoothStep(...comes, shut), smoothStep(...shades, shut)]
  const [lip, held, inside, below] = fourColours()
  const moved = new Float64Array(2)
  const insideAt = drawnMouth(now, lips, skin)
  const { x, y, a, b } = frameOf(look.quad)
  forEachPixel(image, quad, boundsOfPatch(stretched(patch), now), (u, v, at) => {
    const [across, down] = inGap(now.frame, u, v)
    const edges = [now.upper(across), now.lower(across)] as const
    const owns = [own.upper(across), own.lower(across)] as const
    const ends = smoothStep(0, ending, across) * smoothStep(0, ending, 1 - across)
    const shares = sharesAt(down, edges[0], edges[1], soft)
    shift(u, v, moved)
    const ownPlace = inGap(own.frame, u + moved[0]!, v + moved[1]!)
    if (shares.above > 0) {
      difference(...ownPlace, lip)
      withoutTeeth(lip, covered)
    }
    if (shares.below > 0) {
      difference(...ownPlace, below)
      withoutTeeth(below, covered)
      for (let c = 0; c < 3; c++) {
        const lit = Math.min(0, leastLight * lips[c]! - image.data[at + c]!)
        below[c]! += shutting * ends * Math.max(0, lit - below[c]!)
      }
    }
    let seen = 0
    if (shares.between > 0) {
      const from = behindEdges(down, edges, owns, mostDrawnOut)
      const [s, t] = outOfGap(own.frame, across, from)
      sampleCubic(look.image, x + s * a - t * b, y + s * b + t * a, held)
      const hangs = smoothStep(0, Math.min(hangingSoft, (owns[1] - owns[0]) / 2) + 1e-6, owns[1] - from)
      seen = 1 - lacks * (1 - shows * hangs)
      if (seen < 1) {
        const [u, v] = outOfGap(own.frame, across, owns[1] + (1 - shows) * belowSeam)
        sampleCubic(look.image, x + u * a - v * b, y + u * b + v * a, inside)
        insideAt(across, down, inside)
      }
    }
    const fromUpper = down - edges[0]
    const line = seam * ends * (1 - smoothStep(0, fromUpper < 0 ? lineUp : lineDown, Math.abs(fromUpper)))
    const lit = 1 + lightBelow * smoothStep(0.2, 1, fromUpper / Math.max(1e-6, edges[1] - edges[0]))
    for (let c = 0; c < 3; c++) {
      const there = image.data[at + c]!
      const shaded = inShade(held[c]!, lit * deep[c]! * lips[c]!, shade)
      const behind = seen * (shaded - there) + (1 - seen) * drawn * (inside[c]! - there)
      const put = shares.between * behind + shares.above * lip[c]! + shares.below * below[c]!
      image.data[at + c] = toByte(there + put + line * Math.min(0, lineLight * lips[c]! - there - put))
    }
  })
}

/** One of the colours of a place on its way into the shade: its light goes before the shade's comes, or teeth would be grey between. */
function inShade(value: number, dark: number, share: number): number {
  return (1 - share) ** 2 * value + share * dark
}

/** Takes away what is lighter than the skin in any colour, as far as the share says. */
function withoutTeeth(difference: Float64Array, share: number): void {
  for (let c = 0; c < 3; c++) difference[c]! -= share * Math.max(0, difference[c]!)
}

function stretched(patch: Patch): Patch {
  return {
    ...patch,
    up: mostAround * patch.up,
    down: mostAround * patch.down,
    beyond: mostAround * patch.beyond,
  }
}
