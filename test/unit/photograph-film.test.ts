import { describe, expect, test } from 'vitest'
import { neutralPoints } from '../../src/engine/face/square-quad.ts'
import { headOutline, headReach } from '../../src/engine/likeness/head-mask.ts'
import { depthIn } from '../../src/engine/likeness/outline.ts'
import { openPhotographFilm } from '../../src/engine/likeness/photograph-film.ts'
import { wholeQuad } from '../../src/engine/likeness/portrait.ts'
import { placedSlit, sideOf, slits } from '../../src/engine/likeness/slits.ts'
import { withOpenings } from '../../src/engine/motion/openings.ts'
import type { Image } from '../../src/engine/runtime.ts'

const face = neutralPoints()
const side = 160

/** Without a seam, so that every displacement shows. */
const image: Image = { width: side, height: side, data: new Uint8Array(side * side * 3) }
image.data.forEach((_, i) => {
  const [x, y] = [Math.floor(i / 3) % side, Math.floor(i / 3 / side)]
  image.data[i] = 128 + 100 * Math.sin(x / 6 + (i % 3)) * Math.cos(y / 7)
})
const look = { image, quad: wholeQuad(side), points: face }
const giver = {
  image: { ...image, data: image.data.map((value) => 255 - value) },
  quad: wholeQuad(side),
  points: Float32Array.from(withOpenings(face, [0.3, 0.3, 0.3, 0.3, 0.4, 0.4, 0.4])),
}

/** Lids and lips open by those ratios of their width. */
function opened(lids: number, lips: number): Float32Array {
  return Float32Array.from(withOpenings(face, [lids, lids, lids, lids, lips, lips, lips]))
}

function meanDifference(a: Image, b: Image): number {
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length
}

describe('a film of a photograph', () => {
  const film = openPhotographFilm(look)

  test('gives the same bytes for the same landmarks, whatever came before', () => {
    const before = film.frame(opened(0.1, 0.3), giver).image
    film.frame(opened(0.4, 0))
    expect(film.frame(opened(0.1, 0.3), giver).image.data).toEqual(before.data)
    expect(openPhotographFilm(look).frame(opened(0.1, 0.3), giver).image.data).toEqual(before.data)
  })

  test('changes nothing beyond the head', () => {
    const outline = headOutline(face)
    const frame = film.frame(opened(0, 0.5), giver).image
    expect(meanDifference(frame, image)).toBeGreaterThan(0.5)
    for (let i = 0; i < image.data.length; i++) {
      if (frame.data[i] === image.data[i]) continue
      const pixel = Math.floor(i / 3)
      const depth = depthIn(outline, (pixel % side) / side, Math.floor(pixel / side) / side)
      expect(depth).toBeGreaterThan(-headReach - 0.02)
    }
  })

  test.each([
    ['from the driver', giver],
    ['that nobody gives', undefined],
  ])('changes a little with a little change of lids and lips, with a mouth %s', (_, from) => {
    /** The largest change between two frames of so many, while the eyes shut and the mouth opens. */
    const largestChange = (steps: number) => {
      const frames = Array.from({ length: steps + 1 }, (_, i) => {
        const { image } = film.frame(opened(0.4 * (1 - i / steps), (0.3 * i) / steps), from)
        return image
      })
      return Math.max(...frames.slice(1).map((frame, i) => meanDifference(frame, frames[i]!)))
    }
    // What flips would change as much however small the steps are.
    const coarse = largestChange(25)
    expect(coarse).toBeGreaterThan(0.1)
    expect(largestChange(100)).toBeLessThan(0.4 * coarse)
  })

  test('lets the driver’s jaw count half, where the targets have the driver’s shape', () => {
    const wide = face.map((value, i) => (i < 34 && i % 2 === 0 ? value + 0.04 : value))
    expect(film.frame(wide).points).toEqual(wide)
    const { points } = openPhotographFilm(look, 'absolute').frame(wide)
    expect(points[0]! - face[0]!).toBeCloseTo(0.02, 4)
  })

  test('says where a mouth opens that no picture shows', () => {
    expect(film.frame(opened(0.3, 0.4)).warnings).toEqual(['no-mouth'])
    expect(film.frame(opened(0.3, 0.4), giver).warnings).toEqual([])
    expect(film.frame(opened(0.3, 0)).warnings).toEqual([])
  })
})

describe('the side of a slit', () => {
  const shut = [placedSlit(opened(0, 0), slits.mouth)]
  const [x, y] = [shut[0]!.middle[4]!, shut[0]!.middle[5]!]

  test('jumps between lips that meet', () => {
    expect(sideOf(shut, x, y - 0.002)).toBe(1)
    expect(sideOf(shut, x, y + 0.002)).toBe(-1)
  })

  test('goes over softly beyond the corners', () => {
    const beyond = shut[0]!.middle[8]! + 0.05
    const line = shut[0]!.middle[9]!
    expect(Math.abs(sideOf(shut, beyond, line - 0.002) - sideOf(shut, beyond, line + 0.002))).toBeLessThan(
      0.2,
    )
  })
})
