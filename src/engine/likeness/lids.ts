import type { Image } from '../runtime.ts'
import {
  boundsOfPatch,
  type Difference,
  darkened,
  differenceOf,
  fourColours,
  type Patch,
  scaled,
  sumOf,
} from './bare-skin.ts'
import { behindEdges, eyeGap, inGap, reopened, sharesAt } from './gap.ts'
import { smoothStep } from './outline.ts'
import { forEachPixel, type Portrait } from './portrait.ts'
import { type Raster, rasterAt } from './raster.ts'
import { skinGrain } from './skin-grain.ts'
import type { Slit } from './slits.ts'
import { toByte } from './warped-picture.ts'

/** An eye of a look: it was taken off the skin with its lashes, and is put back where it is in a frame. */
export interface Eye {
  readonly slit: Slit
  readonly patch: Patch
  /** By how much it differs from the skin under it. */
  readonly difference: Difference
  /** The colour of the lashes' line, less that of the skin: three values of 255. */
  readonly lashes: Float64Array
  /** The grain of skin for its lid: over a place across and so far above its edge. */
  readonly grain: Raster
}

/** Around an eye, in its widths: lashes reach so far up and down, and so far beyond the corners. */
const [lashesUp, lashesDown, lashesBeyond] = [0.24, 0.2, 0.16]

/** Brows begin at this part of the way from the middle of an eye to their landmarks. */
const browStart = 0.62

/** Width of the soft edge of lids, in widths of the eye. */
const soft = 0.035

/** The line of lashes on a shut lid, and those that stand above an open one, in widths of the eye. */
const [line, standing] = [0.042, 0.1]

/** Of what lies above standing lashes, the fold of the lid, so much is left on a shut one. */
const foldLeft = 0.8

/** A shut lid is so much darker where its edge was and at its edge, as far as those reach, in widths of the eye. */
const [foldShade, foldWidth] = [0.14, 0.13]
const [edgeShade, edgeWidth] = [0.25, 0.16]

/** Shade takes that much of each colour. */
const shadeColour = [0.9, 1, 1.08] as const

/** It comes out of the corners from so far beyond them to so far within, in widths. */
const [shadeBeyond, shadeWithin] = [0.1, 0.25]

/** While an eye shuts, from 0 to 1: when standing lashes lie down, when white at the edges goes, when the line of lashes comes. */
const [liesDown, goes, comes] = [[0.1, 0.8] as const, [0, 0.5] as const, [0.3, 1] as const]

/** What is dark below an eye that shuts goes, but for lower lashes: those are whole and gone so far below its edge, in widths. */
const lowerLashes = [0.03, 0.12] as const

/** Across this the line of lashes comes out of the corners, in widths. */
const ending = 0.3

/** Eyes never open further than as in the look and so much of that more: of what lies under lids no picture is there. */
const mostWider = 0.5

/** Eyes that are less open in the look, in their widths, are taken to be open so far. */
const leastHeight = 0.05

/** What is taken off the skin with an eye. */
export function eyePatch(points: ArrayLike<number>, slit: Slit): Patch {
  const gap = eyeGap(points, slit)
  const brows = browsOf(slit).map((i) => inGap(gap.frame, points[2 * i]!, points[2 * i + 1]!)[1])
  const free = gap.upper(0.5) - browStart * Math.max(...brows)
  return {
    gap,
    up: Math.max(leastHeight, Math.min(lashesUp, free)),
    down: lashesDown,
    beyond: lashesBeyond,
  }
}

/** Landmarks of the brow above an eye. */
function browsOf({ upper }: Slit): readonly number[] {
  return upper[0]! < 42 ? [18, 19, 20] : [23, 24, 25]
}

/** @param bare the look's picture without its eyes */
export function eyeOfLook(look: Portrait, bare: Image, slit: Slit): Eye {
  const patch = eyePatch(look.points, slit)
  const difference = differenceOf(look, bare, patch)
  return {
    slit,
    patch,
    difference,
    lashes: lashesOf(patch, difference),
    grain: skinGrain(look, patch, patch.up + patch.gap.height),
  }
}

/** The darkest across the edge of an upper lid, averaged along it. */
function lashesOf({ gap }: Patch, difference: Difference): Float64Array {
  const [mean, here, darkest] = fourColours()
  const columns = 16
  for (let i = 0; i < columns; i++) {
    const across = 0.15 + (0.7 * (i + 0.5)) / columns
    darkest.fill(0)
    for (let down = -0.08; down <= 0.08; down += 0.02) {
      difference(across, gap.upper(across) + down, here)
      if (sumOf(here) < sumOf(darkest)) darkest.set(here)
    }
    for (let c = 0; c < 3; c++) mean[c]! += Math.min(0, darkest[c]!) / columns
  }
  return mean
}

/**
 * Puts an eye on bare skin that was moved: the lids' edges with their lashes where they are in the frame, and between
 * them what lies there. Lids that come together cover it, and skin what was above them; lashes lie down with the lid.
 */
export function putEye(
  { image, quad, points }: Portrait,
  { slit, patch, difference, lashes, grain }: Eye,
): void {
  const own = patch.gap
  const seen = eyeGap(points, slit)
  const times = withinReason(Math.max(0, seen.height) / Math.max(leastHeight, own.height))
  const now = reopened(own, seen, times)
  const shut = Math.max(0, 1 - times)
  const lies = smoothStep(...liesDown, shut)
  const covered = smoothStep(...goes, shut)
  const drawn = smoothStep(...comes, shut)
  const [lid, behind, below, hangs] = fourColours()
  const rough = new Float64Array(3)
  const top = Math.min(0, own.upper(0.5))
  // The skin of a lid that comes down reaches up to where it was.
  const reach = { ...patch, up: patch.up + Math.max(0, Math.min(0, now.upper(0.5)) - top) }
  forEachPixel(image, quad, boundsOfPatch(reach, now), (u, v, at) => {
    const [across, down] = inGap(now.frame, u, v)
    const [upper, lower] = [now.upper(across), now.lower(across)]
    const [ownUpper, ownLower] = [own.upper(across), own.lower(across)]
    const ends = smoothStep(0, ending, across) * smoothStep(0, ending, 1 - across)
    const shares = sharesAt(down, upper, lower, soft)
    if (shares.above > 0) {
      const from = upper - down
      const was = unrolled(from, patch.up + upper - top, patch.up + ownUpper - top)
      const isFold = smoothStep(standing, 2 * standing, was)
      const gone = lies * smoothStep(0, standing, was) * (1 - foldLeft * isFold)
      difference(across, ownUpper - was, lid)
      scaled(lid, 1 - gone)
      darkened(lid, covered)
      asLashes(lid, lashes, drawn * (1 - isFold))
      rasterAt(grain, across, from, rough)
      const shade = drawn * lidShade(across, down - ownUpper, from)
      for (let c = 0; c < 3; c++) {
        lid[c]! += gone * rough[c]! - shade * shadeColour[c]! * image.data[at + c]!
      }
    }
    if (shares.below > 0) {
      difference(across, down - lower + ownLower, below)
      darkened(below, covered)
      scaled(below, 1 - drawn * (1 - ends * (1 - smoothStep(...lowerLashes, down - lower))))
    }
    if (shares.between > 0) {
      const most = Number.POSITIVE_INFINITY
      difference(across, behindEdges(down, [upper, lower], [ownUpper, ownLower], most), behind)
    }
    hangs.fill(0)
    if (drawn > 0 && down > upper) {
      difference(across, ownUpper - (down - upper), hangs)
      asLashes(hangs, lashes, 1)
      scaled(hangs, 1 - smoothStep(0.75 * standing, 1.5 * standing, down - upper))
    }
    const edge = drawn * ends * (1 - smoothStep(0, line, Math.abs(down - upper)))
    for (let c = 0; c < 3; c++) {
      const put = shares.above * lid[c]! + shares.between * behind[c]! + shares.below * below[c]!
      const hung = Math.min(put, Math.max(lashes[c]!, put + drawn * hangs[c]!))
      image.data[at + c] = toByte(image.data[at + c]! + hung + edge * Math.min(0, lashes[c]! - hung))
    }
  })
}

/**
 * Where skin that is so far from the edge of a lid of that length was in the look: what carries lashes as far, and what is above it
 * drawn out, since it rolls out of its fold.
 */
function unrolled(from: number, length: number, ownLength: number): number {
  const stiff = Math.min(standing, ownLength / 2)
  const rest = ownLength - stiff
  return from <= stiff ? from : stiff + ((from - stiff) * rest) / Math.max(rest / 2, length - stiff)
}

/** How much darker a shut lid is at a place across, so far below where its edge was and so far above its edge: it is round. */
function lidShade(across: number, below: number, above: number): number {
  const inside =
    smoothStep(-shadeBeyond, shadeWithin, across) * smoothStep(-shadeBeyond, shadeWithin, 1 - across)
  const fold = 1 - smoothStep(0, foldWidth, Math.abs(below))
  return inside * (foldShade * fold + edgeShade * (1 - smoothStep(0, edgeWidth, above)))
}

/** How many times as far as in the look an eye is opened: the further beyond 1, the less of it. */
function withinReason(times: number): number {
  const more = Math.max(0, times - 1)
  return times - more + mostWider * (1 - Math.exp(-more / mostWider))
}

/** Takes the colour of lashes, as far as the share says, and is as dark as before or skin: iris at an edge would shine in its own. */
function asLashes(colour: Float64Array, lashes: Float64Array, share: number): void {
  const dark = Math.max(0, sumOf(colour) / Math.min(-1, sumOf(lashes)))
  for (let c = 0; c < 3; c++) colour[c]! += share * ((dark / (1 + dark / 3)) * lashes[c]! - colour[c]!)
}
