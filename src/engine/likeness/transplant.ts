import type { Image } from '../runtime.ts'
import { spreadInwards } from './membrane.ts'
import { boundsOf, depthIn, outlineThrough, smoothStep } from './outline.ts'
import type { PartName } from './parts.ts'
import { type Frame, frameOf, type Portrait, pixelsWithin } from './portrait.ts'
import { forEachPlace, type Raster, rasterAt, rasterOver } from './raster.ts'
import { sampleCubic } from './sampling.ts'
import type { PlaneMap } from './thin-plate-spline.ts'
import { heldSpline } from './warp-field.ts'
import { toByte } from './warped-picture.ts'

/** Landmarks from `start` to before `end`. */
function run(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i)
}

interface Region {
  /** The landmarks around it. */
  readonly landmarks: readonly number[]
  /** How far it reaches beyond them, and the width of its soft edge, in fractions of the square's side. */
  readonly grown: number
  readonly soft: number
  /** The landmarks around the ring of skin by whose light the two pictures are matched. */
  readonly within: readonly number[]
}

const [lips, inside, leftEye, rightEye] = [run(48, 60), run(60, 68), run(36, 42), run(42, 48)]

const regions: Record<PartName, Region> = {
  mouth: { landmarks: inside, grown: 0.002, soft: 0.008, within: lips },
  lips: { landmarks: lips, grown: 0.008, soft: 0.016, within: lips },
  'left eye': { landmarks: leftEye, grown: 0.03, soft: 0.028, within: leftEye },
  'right eye': { landmarks: rightEye, grown: 0.03, soft: 0.028, within: rightEye },
}

/** The ring of skin begins and ends so far beyond its landmarks. */
const ringStart = 0.012
const ringEnd = 0.045

/** Places at which the two pictures are compared are so far apart, in fractions of the square. */
const spacing = 1 / 256

/** No light is changed by more than this factor. */
const mostGain = 3

/** Lips are read so far within their landmarks, which lie on skin and teeth as often. */
const lipEdge = 0.004

/** Across this on either side of their edge, lips go over from the skin's light to their own. */
const tintSoft = 0.012

/** How far the edge's colours are felt within a part. */
const edgeReach = 0.03

/**
 * Puts parts of another face where a face's landmarks are, in the other's shape and this one's light: matched by the
 * ring around each part, and its edge drawn to this one's colours.
 *
 * @param portrait whose picture is changed: the look, warped
 * @param look before it was warped
 * @param other the picture that the parts come from
 * @param opacity less than 1 lets through what was there
 */
export function transplant(
  portrait: Portrait,
  look: Portrait,
  other: Portrait,
  parts: readonly PartName[],
  opacity = 1,
): void {
  if (parts.length === 0 || opacity === 0) return
  const map = heldSpline(portrait.points, other.points)
  for (const part of parts) {
    const tint = part === 'lips' ? ratio(lipColour(look), lipColour(other)) : undefined
    put(portrait, other, map, regions[part], { opacity, tint, isInside: part === 'mouth' })
  }
}

interface Manner {
  readonly opacity: number
  readonly tint: readonly number[] | undefined
  /** Whether it is the inside of a mouth, which no light reaches as it does skin. */
  readonly isInside: boolean
}

function put(
  portrait: Portrait,
  other: Portrait,
  map: PlaneMap,
  region: Region,
  { opacity, tint, isInside }: Manner,
): void {
  const { image, quad, points } = portrait
  const { grown, soft } = region
  const [frame, source] = [frameOf(quad), frameOf(other.quad)]
  const outline = outlineThrough(points, region.landmarks)
  const ringed = outlineThrough(points, region.within)
  const bounds = boundsOf(ringed, Math.max(ringEnd, grown + soft) + 2 * spacing)
  const places = rasterOver(bounds, spacing, 2, (u, v, into) => map(u, v, into, 0))
  const place = new Float64Array(2)
  const rawColour = (u: number, v: number, into: Float64Array) => {
    rasterAt(places, u, v, place)
    sampleSquare(other.image, source, place[0]!, place[1]!, into)
  }
  const mine = rasterOver(bounds, spacing, 3, (u, v, into) => sampleSquare(image, frame, u, v, into))
  const theirs = rasterOver(bounds, spacing, 3, rawColour)
  const [skin, othersSkin] = ringColours(mine, theirs, (u, v) => -depthIn(ringed, u, v))
  const gains = ratio(skin, othersSkin)
  const dimming = teethDimming(theirs, gains, (u, v) => depthIn(outline, u, v) > 0, skin)
  const colourOfOther = (u: number, v: number, into: Float64Array) => {
    rawColour(u, v, into)
    const own = tint === undefined ? 0 : smoothStep(-tintSoft, tintSoft, depthIn(outline, u, v))
    for (let c = 0; c < 3; c++) into[c]! *= gains[c]! + own * ((tint?.[c] ?? 0) - gains[c]!)
    if (isInside) intoLight(into, skin, dimming)
  }
  const depth = (u: number, v: number) => depthIn(outline, u, v) + grown
  const edge = edgeDifference(mine, rasterOver(bounds, spacing, 3, colourOfOther), depth)
  const { left, top, right, bottom } = pixelsWithin(image, frame, boundsOf(outline, grown + soft))
  const { x, y, a, b } = frame
  const square = a * a + b * b
  const [colour, difference] = [new Float64Array(3), new Float64Array(3)]
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const [dx, dy] = [column - x, row - y]
      const [u, v] = [(dx * a + dy * b) / square, (dy * a - dx * b) / square]
      const share = opacity * smoothStep(-soft / 2, soft / 2, depth(u, v))
      if (share === 0) continue
      colourOfOther(u, v, colour)
      rasterAt(edge, u, v, difference)
      const at = 3 * (row * image.width + column)
      for (let channel = 0; channel < 3; channel++) {
        const there = image.data[at + channel]!
        const here = colour[channel]! + difference[channel]!
        image.data[at + channel] = toByte(there + share * (here - there))
      }
    }
  }
}

function sampleSquare(image: Image, { x, y, a, b }: Frame, u: number, v: number, into: Float64Array): void {
  sampleCubic(image, x + u * a - v * b, y + u * b + v * a, into)
}

/** The mean colour of the lips, 0..255. */
export function lipColour(portrait: Portrait): Float64Array {
  const inner = outlineThrough(portrait.points, inside)
  return meanColour(portrait, 0, (depth, u, v) => depth > lipEdge && depthIn(inner, u, v) < -lipEdge)
}

/** The mean colour of the skin around the lips, 0..255. */
export function skinColour(portrait: Portrait): Float64Array {
  return meanColour(portrait, ringEnd, (depth) => depth < -ringStart && depth > -ringEnd)
}

/** Of what lies as deep within the outline of the lips as `counts` says. */
function meanColour(
  { image, quad, points }: Portrait,
  around: number,
  counts: (depth: number, u: number, v: number) => boolean,
): Float64Array {
  const frame = frameOf(quad)
  const outer = outlineThrough(points, lips)
  const raster = rasterOver(boundsOf(outer, around), spacing, 4, (u, v, into) => {
    sampleSquare(image, frame, u, v, into)
    into[3] = counts(depthIn(outer, u, v), u, v) ? 1 : 0
  })
  const sum = new Float64Array(3)
  let count = 0
  for (let at = 0; at < raster.values.length; at += 4) {
    if (raster.values[at + 3] === 0) continue
    count++
    for (let c = 0; c < 3; c++) sum[c]! += raster.values[at + c]!
  }
  return sum.map((value) => value / Math.max(1, count))
}

/** The mean colours of the ring of skin around a part, in the portrait and in the other picture. */
function ringColours(
  mine: Raster,
  theirs: Raster,
  beyond: (u: number, v: number) => number,
): readonly [Float64Array, Float64Array] {
  const [here, there] = [new Float64Array(3), new Float64Array(3)]
  let count = 0
  forEachPlace(mine, (u, v, place) => {
    const distance = beyond(u, v)
    if (distance < ringStart || distance > ringEnd) return
    count++
    for (let c = 0; c < 3; c++) {
      here[c]! += mine.values[3 * place + c]!
      there[c]! += theirs.values[3 * place + c]!
    }
  })
  const mean = (sum: Float64Array) => sum.map((value) => value / Math.max(1, count))
  return [mean(here), mean(there)]
}

/** The lightest teeth are so light beside the skin. */
const teethLight = 0.95

/** What is lighter than the first beside the skin begins to be teeth, and is from the second on. */
const [teethFrom, teethTo] = [0.35, 0.7]

/** By how much less light the inside of a mouth gets, where teeth would be lighter than skin: told by its lightest places. */
function teethDimming(
  theirs: Raster,
  gains: readonly number[],
  isIn: (u: number, v: number) => boolean,
  skin: Float64Array,
) {
  let [sum, count] = [0, 0]
  forEachPlace(theirs, (u, v, place) => {
    if (!isIn(u, v)) return
    count++
    // A mean of high power is the brightest, and steady from frame to frame.
    sum += lightOf([0, 1, 2].map((c) => gains[c]! * theirs.values[3 * place + c]!)) ** 6
  })
  const lightest = (sum / Math.max(1, count)) ** (1 / 6)
  return Math.min(1, (teethLight * lightOf(skin)) / Math.max(1, lightest))
}

/** Brings teeth into the light that falls on the skin. */
function intoLight(colour: Float64Array, skin: Float64Array, dimming: number): void {
  const [grey, light] = [lightOf(skin), dimming * lightOf(colour)]
  const isTooth = smoothStep(teethFrom * grey, teethTo * grey, light)
  for (let c = 0; c < 3; c++) {
    const own = dimming * colour[c]!
    const lit = (light * (skin[c]! + 2 * grey)) / Math.max(1, 3 * grey)
    colour[c] = own + isTooth * (lit - own)
  }
}

function lightOf(colour: ArrayLike<number>): number {
  return (colour[0]! + colour[1]! + colour[2]!) / 3
}

function ratio(here: Float64Array, there: Float64Array): readonly number[] {
  return Array.from(here, (sum, c) =>
    Math.min(mostGain, Math.max(1 / mostGain, sum / Math.max(1, there[c]!))),
  )
}

/** What has to be added to the other's colours, so that they are the portrait's at the edge of the part. */
function edgeDifference(mine: Raster, theirs: Raster, depth: (u: number, v: number) => number): Raster {
  const isInner = new Uint8Array(mine.rows * mine.columns)
  forEachPlace(mine, (u, v, place) => {
    if (depth(u, v) > 0) isInner[place] = 1
  })
  const values = mine.values.map((value, i) => {
    return isInner[Math.floor(i / 3)] === 1 ? 0 : value - theirs.values[i]!
  })
  const edge = { ...mine, values }
  spreadInwards(edge, isInner, edgeReach / spacing)
  return edge
}
