import { describe, expect, test } from 'vitest'
import { neutralPoints } from '../../src/engine/face/square-quad.ts'
import { inGap, mouthGap, outOfGap } from '../../src/engine/likeness/gap.ts'
import { depthIn, outlineThrough } from '../../src/engine/likeness/outline.ts'
import { openPhotographFilm } from '../../src/engine/likeness/photograph-film.ts'
import { wholeQuad } from '../../src/engine/likeness/portrait.ts'
import { sampleCubic } from '../../src/engine/likeness/sampling.ts'
import { withOpenings } from '../../src/engine/motion/openings.ts'

const side = 320
const face = neutralPoints()
const [skin, lip, tooth, dark] = [
  [190, 150, 130],
  [170, 90, 80],
  [230, 225, 215],
  [40, 16, 14],
] as const

/** Lips open by that ratio of their width. */
function opened(lips: number): Float32Array {
  return Float32Array.from(withOpenings(face, [0.28, 0.28, 0.28, 0.28, lips, lips, lips]))
}

const own = opened(0.25)
const gap = mouthGap(own)
const lips = outlineThrough(
  own,
  Array.from({ length: 12 }, (_, i) => 48 + i),
)

/** A face whose mouth is open: teeth as far down as that share of it, and the dark below them, and on the lower lip so far, in widths. */
function lookWith(teeth: number, shade = 0) {
  const data = new Uint8Array(3 * side * side)
  for (let pixel = 0; pixel < side * side; pixel++) {
    const [u, v] = [((pixel % side) + 0.5) / side, (Math.floor(pixel / side) + 0.5) / side]
    const [across, down] = inGap(gap.frame, u, v)
    const [upper, lower] = [gap.upper(across), gap.lower(across)]
    const isIn = across > 0 && across < 1 && down > upper && down < lower
    const isTooth = (down - upper) / (lower - upper) < teeth
    const isShaded = down > lower && down < lower + shade && Math.abs(across - 0.4) < 0.05
    const isLip = depthIn(lips, u, v) > 0
    data.set(isIn ? (isTooth ? tooth : dark) : isShaded ? dark : isLip ? lip : skin, 3 * pixel)
  }
  return { image: { width: side, height: side, data }, quad: wholeQuad(side), points: own }
}

/** The lights in a frame where the mouth is open so far: between its edges, 0 at the upper one, 1 at the lower one, and so far below, in widths. */
function lightsIn(look: ReturnType<typeof lookWith>, open: number) {
  const target = opened(open)
  const { image } = openPhotographFilm(look).frame(target)
  const { frame, upper, lower } = mouthGap(target)
  const colour = new Float64Array(3)
  return (across: number, share: number, below = 0) => {
    const down = upper(across) + share * (lower(across) - upper(across)) + below
    const [u, v] = outOfGap(frame, across, down)
    sampleCubic(image, u * side - 0.5, v * side - 0.5, colour)
    return lightOf(colour)
  }
}

const lightOf = (colour: ArrayLike<number>) => (colour[0]! + colour[1]! + colour[2]!) / 3

describe('a mouth that shuts', () => {
  test('has its own teeth while it is open, and the shade of a mouth in their place before it is shut', () => {
    expect(lightsIn(lookWith(1), 0.2)(0.5, 0.5)).toBeGreaterThan(0.9 * lightOf(tooth))
    for (const open of [0.03, 0.05, 0.07]) {
      const lightAt = lightsIn(lookWith(1), open)
      const column = Array.from({ length: 41 }, (_, i) => lightAt(0.5, -1 + i / 10))
      expect(Math.min(...column)).toBeLessThan(0.8 * lightOf(lip))
    }
  })

  test('is darker below its upper lip than beside its lower one before it is shut', () => {
    const lightAt = lightsIn(lookWith(1), 0.06)
    expect(lightAt(0.5, 0.2)).toBeLessThan(lightAt(0.5, 0.7))
  })

  test('brings its lower lip into the light: the dark of the open mouth does not stay on it', () => {
    const lightAt = lightsIn(lookWith(1, 0.03), 0)
    const column = Array.from({ length: 12 }, (_, i) => lightAt(0.4, 1, 0.02 + i / 200))
    expect(Math.min(...column)).toBeGreaterThan(0.75 * lightOf(lip))
  })
})

describe('a mouth that opens further than in its photograph', () => {
  test('is as dark at its corners and beside its lower lip as it was there', () => {
    const lightAt = lightsIn(lookWith(0.5), 0.6)
    for (const [across, share] of [
      [0.08, 0.7],
      [0.5, 0.94],
      [0.92, 0.7],
    ] as const) {
      expect(lightAt(across, share)).toBeLessThan(0.7 * lightOf(lip))
    }
  })
})
