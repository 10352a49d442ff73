import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { neutralFace } from '../../src/engine/face/neutral-face.ts'
import { eyesDistance, ffhqQuad, pointsInQuad } from '../../src/engine/face/quad.ts'
import { neutralPoints } from '../../src/engine/face/square-quad.ts'
import { aimedPoints } from '../../src/engine/likeness/aimed-points.ts'
import { headTurn } from '../../src/engine/likeness/head-turn.ts'
import { depthIn, outlineThrough } from '../../src/engine/likeness/outline.ts'
import { canGive, missingMouth } from '../../src/engine/likeness/parts.ts'
import { type Portrait, wholeQuad } from '../../src/engine/likeness/portrait.ts'
import { reachWarnings } from '../../src/engine/likeness/reach.ts'
import { thinPlateSpline } from '../../src/engine/likeness/thin-plate-spline.ts'
import { cellArea, fieldCells, shiftAt, warpField } from '../../src/engine/likeness/warp-field.ts'
import { warpedPhotograph } from '../../src/engine/likeness/warped-photograph.ts'
import type { Image } from '../../src/engine/runtime.ts'

const face = neutralPoints()
const all = Array(9).fill(1)

/** The same face with some landmarks moved, (landmark, dx, dy). */
function moved(moves: readonly (readonly [number, number, number])[]): Float32Array {
  const points = face.slice()
  for (const [landmark, dx, dy] of moves) {
    points[2 * landmark]! += dx
    points[2 * landmark + 1]! += dy
  }
  return points
}

const lowerLips = [55, 56, 57, 58, 59, 65, 66, 67]
const openMouth = moved(lowerLips.map((i) => [i, 0, 0.06]))

/** A picture of one colour, with spots of others. */
function pictureOf(width: number, height: number, paint: (x: number, y: number) => readonly number[]): Image {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set(paint(x, y), 3 * (y * width + x))
  }
  return { width, height, data }
}

function portraitOf(image: Image, points: Float32Array): Portrait {
  return { image, points, quad: wholeQuad(image.width) }
}

/** Without a seam, so that every displacement shows. */
const waves = pictureOf(128, 128, (x, y) => [
  128 + 100 * Math.sin(x / 5),
  128 + 100 * Math.sin(y / 6),
  128 + 100 * Math.cos((x + y) / 7),
])

function colourAt({ width, data }: Image, x: number, y: number): number[] {
  const at = 3 * (Math.floor(y) * width + Math.floor(x))
  return [...data.subarray(at, at + 3)]
}

describe('a thin-plate spline', () => {
  const from = [0.2, 0.3, 0.7, 0.2, 0.5, 0.8, 0.4, 0.5, 0.9, 0.9]

  test('that is not stiff meets every point', () => {
    const to = [0.25, 0.3, 0.6, 0.1, 0.5, 0.9, 0.45, 0.4, 0.8, 0.95]
    const map = thinPlateSpline(from, to, 0)
    const into = new Float64Array(2)
    for (let i = 0; i < to.length; i += 2) {
      map(from[i]!, from[i + 1]!, into, 0)
      expect(into[0]).toBeCloseTo(to[i]!, 9)
      expect(into[1]).toBeCloseTo(to[i + 1]!, 9)
    }
  })

  test('does not bend for an affine map, however stiff it is', () => {
    const affine = (x: number, y: number) => [0.1 + 0.9 * x - 0.2 * y, 0.3 * x + 1.1 * y] as const
    const to = Array.from({ length: from.length / 2 }, (_, i) =>
      affine(from[2 * i]!, from[2 * i + 1]!),
    ).flat()
    const into = new Float64Array(2)
    thinPlateSpline(from, to, 5)(0.35, 0.65, into, 0)
    expect(into[0]).toBeCloseTo(affine(0.35, 0.65)[0], 9)
    expect(into[1]).toBeCloseTo(affine(0.35, 0.65)[1], 9)
  })
})

describe('a field', () => {
  test('shows at each landmark, within a hundredth, what lay at the landmark that it came from', () => {
    const { field, points } = warpField(face, openMouth)
    const shift = new Float64Array(2)
    for (let i = 17; i < 68; i++) {
      shiftAt(field, points[2 * i]!, points[2 * i + 1]!, shift)
      expect(points[2 * i]! + shift[0]!).toBeCloseTo(face[2 * i]!, 1.7)
      expect(points[2 * i + 1]! + shift[1]!).toBeCloseTo(face[2 * i + 1]!, 1.7)
    }
  })

  test('moves nothing beyond the square', () => {
    const { field } = warpField(face, openMouth)
    const shift = new Float64Array(2)
    for (const [x, y] of [
      [-0.05, 0.5],
      [1.05, 0.5],
      [0.5, -0.05],
      [0.5, 1.2],
    ] as const) {
      shiftAt(field, x, y, shift)
      expect([...shift]).toEqual([0, 0])
    }
  })

  test('folds nowhere, wherever landmarks are sent', () => {
    const places = fc.array(fc.float({ min: Math.fround(-0.15), max: Math.fround(0.15), noNaN: true }), {
      minLength: 136,
      maxLength: 136,
    })
    fc.assert(
      fc.property(places, (shifts) => {
        const { field } = warpField(
          face,
          face.map((value, i) => value + shifts[i]!),
        )
        for (let row = 0; row < fieldCells; row++) {
          for (let column = 0; column < fieldCells; column++) {
            if (cellArea(field, row, column) <= 0) return false
          }
        }
        return true
      }),
      { numRuns: 20 },
    )
  })
})

describe('the points that are aimed at', () => {
  test('stay the look’s where a group has no share, and go all the way where it has all', () => {
    const aimed = aimedPoints(face, openMouth, [0, 0, 0, 0, 0, 0, 0, 1, 0])
    for (let i = 17; i < 68; i++) {
      const from = i >= 48 && i < 60 ? openMouth : face
      expect(aimed[2 * i + 1]).toBe(from[2 * i + 1])
    }
  })

  test('take the jaw half way', () => {
    const jaw = moved(Array.from({ length: 17 }, (_, i) => [i, 0.04, 0]))
    const aimed = aimedPoints(face, jaw, all)
    for (let i = 0; i < 17; i++) expect(aimed[2 * i]! - face[2 * i]!).toBeCloseTo(0.02, 5)
    const own = aimedPoints(face, jaw, [0, ...all.slice(1)])
    for (let i = 0; i < 17; i++) expect(own[2 * i]).toBeCloseTo(face[2 * i]!, 5)
  })
})

test('outlines tell how deep a place lies in them', () => {
  const square = outlineThrough([0, 0, 1, 0, 1, 1, 0, 1], [0, 1, 2, 3])
  expect(depthIn(square, 0.5, 0.5)).toBeGreaterThan(0.4)
  expect(depthIn(square, 2, 0.5)).toBeLessThan(-0.8)
})

describe('a warped photograph', () => {
  test('is the photograph to the byte when the landmarks stay', () => {
    const { image, parts } = warpedPhotograph(portraitOf(waves, face), face)
    expect(image.data).toEqual(waves.data)
    expect(parts).toEqual([])
  })

  test('keeps every byte beyond the face’s square', () => {
    const wide = pictureOf(300, 200, (x, y) => [(x * 7) % 256, (y * 5) % 256, (x * y) % 256])
    const [left, top, side] = [90, 40, 100]
    const quad = wholeQuad(side).map(([x, y]) => [x + left, y + top]) as unknown as Portrait['quad']
    const { image } = warpedPhotograph({ image: wide, quad, points: face }, openMouth)
    let [changed, beyond] = [0, 0]
    const margin = 0.04 * side + 1
    for (let y = 0; y < 200; y++) {
      for (let x = 0; x < 300; x++) {
        const isSame = colourAt(image, x, y).every((value, c) => value === colourAt(wide, x, y)[c])
        if (isSame) continue
        changed++
        const isBeyond =
          x < left - margin || y < top - margin || x > left + side + margin || y > top + side + margin
        if (isBeyond) beyond++
      }
    }
    expect(beyond).toBe(0)
    expect(changed).toBeGreaterThan(1000)
  })

  test('shows in a large picture what it shows in its square', () => {
    const square = warpedPhotograph(portraitOf(waves, face), openMouth).image
    const large = pictureOf(200, 180, (x, y) => colourAt(waves, Math.min(127, x), Math.min(127, y)))
    const { image } = warpedPhotograph({ ...portraitOf(waves, face), image: large }, openMouth)
    for (let y = 4; y < 120; y += 9) {
      for (let x = 4; x < 120; x += 9) expect(colourAt(image, x, y)).toEqual(colourAt(square, x, y))
    }
  })

  /** Skin, and in the mouth the other's teeth. */
  const skin = [180, 140, 120] as const
  const dim = [90, 70, 60] as const
  const opened = outlineThrough(openMouth, [60, 61, 62, 63, 64, 65, 66, 67])
  const look = portraitOf(
    pictureOf(256, 256, () => skin),
    face,
  )
  const other = portraitOf(
    pictureOf(256, 256, (x, y) =>
      depthIn(opened, (x + 0.5) / 256, (y + 0.5) / 256) > 0 ? [120, 110, 100] : dim,
    ),
    openMouth,
  )
  const middle = [0.5, (openMouth[2 * 62 + 1]! + openMouth[2 * 66 + 1]!) / 2].map((f) => 256 * f)

  test('takes the inside of a mouth that opens from the other picture, in its own light', () => {
    const { image, parts } = warpedPhotograph(look, openMouth, { mouths: [other] })
    expect(parts).toEqual(['mouth'])
    const [red, green] = colourAt(image, middle[0]!, middle[1]!)
    expect(red).toBeGreaterThan(skin[0] + 20)
    expect(green).toBeGreaterThan(skin[1] + 20)
    expect(colourAt(image, 40, 40)).toEqual([...skin])
    // Lips and skin around it have the look's colours.
    expect(
      Math.abs(colourAt(image, middle[0]!, 256 * openMouth[2 * 57 + 1]! + 8)[0]! - skin[0]),
    ).toBeLessThan(3)
  })

  test('stretches its own mouth where no picture shows one, and says so', () => {
    const { image, parts, warnings } = warpedPhotograph(look, openMouth, { mouths: [look] })
    expect(parts).toEqual([])
    expect(warnings).toContain('no-mouth')
    expect(colourAt(image, middle[0]!, middle[1]!)).toEqual([...skin])
  })

  test('takes the first mouth that is open far enough', () => {
    const { parts, image } = warpedPhotograph(look, openMouth, { mouths: [look, other] })
    expect(parts).toEqual(['mouth'])
    expect(colourAt(image, middle[0]!, middle[1]!)[0]).toBeGreaterThan(200)
  })

  test('takes eyes when they are asked for', () => {
    const { parts, image } = warpedPhotograph(look, face, { mouths: [], eyes: other })
    expect(parts).toEqual(['left eye', 'right eye'])
    // One colour in either: the light of the look.
    expect(colourAt(image, 256 * face[2 * 37]!, 256 * face[2 * 37 + 1]!)).toEqual([...skin])
  })

  test('needs the lips of a mouth that closes from one that is closed, however little it was open', () => {
    expect(missingMouth(openMouth, face)).toBe('lips')
    const openBy = (eyes: number) => moved(lowerLips.map((i) => [i, 0, eyes * eyesDistance(face)]))
    expect(missingMouth(openBy(0.07), face)).toBe('lips')
    expect(missingMouth(openBy(0.03), face)).toBeUndefined()
    expect(missingMouth(face, face)).toBeUndefined()
    expect(canGive(face, face, 'lips')).toBe(true)
    expect(canGive(openMouth, face, 'lips')).toBe(false)
  })
})

describe('the reach of a warp', () => {
  test('tells how far a head is to turn', () => {
    for (const yaw of [-30, -10, 15, 40]) {
      const [cos, sin] = [Math.cos((yaw * Math.PI) / 180), Math.sin((yaw * Math.PI) / 180)]
      const turned = neutralFace.flatMap(([x, y, z]) => [x * cos + z * sin, y])
      const points = pointsInQuad(turned, ffhqQuad(turned))
      expect(headTurn(points).yaw - headTurn(face).yaw).toBeCloseTo(yaw, 0)
    }
  })

  test('is nothing when nothing moves, and is warned of when it is far', () => {
    const { reach } = warpedPhotograph(portraitOf(waves, face), face)
    expect(reach.travel).toBe(0)
    expect(reach.stretch).toBeCloseTo(1, 5)
    expect(reach.turn).toBe(0)
    expect(reachWarnings(reach)).toEqual([])
    expect(reachWarnings({ stretch: 1.2, turn: 50 })).toEqual(['turned'])
    expect(reachWarnings({ stretch: 4, turn: 3 })).toEqual(['stretched'])
  })
})
