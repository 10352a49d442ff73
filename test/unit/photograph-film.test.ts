import { describe, expect, test } from 'vitest'
import { neutralFace } from '../../src/engine/face/neutral-face.ts'
import { neutralPoints } from '../../src/engine/face/square-quad.ts'
import { drawnMouth } from '../../src/engine/likeness/drawn-mouth.ts'
import { inGap, mouthGap, outOfGap } from '../../src/engine/likeness/gap.ts'
import { headOutline, headReach } from '../../src/engine/likeness/head-mask.ts'
import { depthIn, type Outline, outlineThrough } from '../../src/engine/likeness/outline.ts'
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

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i)
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

  test('is the photograph to the byte where nothing moves', () => {
    expect(film.frame(face, giver).image.data).toEqual(image.data)
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
    const coarse = largestChange(15)
    expect(coarse).toBeGreaterThan(0.03)
    expect(largestChange(60)).toBeLessThan(0.4 * coarse)
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

describe('a film of a photograph warns', () => {
  const film = openPhotographFilm(look)
  const middle = 0.5 * (face[0]! + face[32]!)

  /** From the neutral head's units to the square. */
  const scale = (face[2 * 45]! - face[2 * 36]!) / (neutralFace[45]![0] - neutralFace[36]![0])

  /** The face turned about its own axis as far as the depth of the neutral head says, in degrees. */
  function turned(degrees: number): Float32Array {
    const angle = (degrees * Math.PI) / 180
    return face.map((value, i) => {
      if (i % 2 === 1) return value
      return middle + (value - middle) * Math.cos(angle) + scale * neutralFace[i >> 1]![2] * Math.sin(angle)
    })
  }
  test('of heads that turn further than the photograph can follow', () => {
    expect(film.frame(turned(12)).warnings).toEqual([])
    expect(film.frame(turned(35)).warnings).toContain('turned')
    expect(film.frame(turned(-35)).warnings).toContain('turned')
  })

  test('of skin that is drawn out, and not of lips that part', () => {
    const far = face.map((value, i) => (i >= 96 && i % 2 === 1 ? value + 0.12 : value))
    expect(film.frame(far).warnings).toContain('stretched')
    expect(film.frame(opened(0.28, 0.6), giver).warnings).toEqual([])
  })
})

describe('what is taken off the skin', () => {
  const [skinLight, lipLight, dark] = [180, 120, 30]

  /** A face of one colour with lips, and with white eyes and teeth below a dark line. */
  const painted: Image = { width: side, height: side, data: new Uint8Array(side * side * 3) }
  const lips = outlineThrough(face, range(48, 60))
  const wide = opened(0.28, 0.25)
  const holes = [range(36, 42), range(42, 48), range(60, 68)].map((landmarks) =>
    outlineThrough(wide, landmarks),
  )
  for (let pixel = 0; pixel < side * side; pixel++) {
    const [u, v] = [((pixel % side) + 0.5) / side, (Math.floor(pixel / side) + 0.5) / side]
    const isIn = (v: number) => holes.some((hole) => depthIn(hole, u, v) > 0)
    const light = isIn(v) ? (isIn(v - 0.012) ? 250 : dark) : depthIn(lips, u, v) > 0 ? lipLight : skinLight
    painted.data.fill(light, 3 * pixel, 3 * pixel + 3)
  }
  const film = openPhotographFilm({ image: painted, quad: wholeQuad(side), points: wide })
  /** The lights of all places within an outline that is grown by so much. */
  const lightsWithin = (frame: Image, outline: Outline, grown: number) =>
    frame.data.filter((_, at) => {
      const pixel = Math.floor(at / 3)
      const [u, v] = [((pixel % side) + 0.5) / side, (Math.floor(pixel / side) + 0.5) / side]
      return depthIn(outline, u, v) > -grown
    })

  test('is covered by lids that shut: nothing is lighter than skin, and a line of lashes is where they meet', () => {
    const { image } = film.frame(opened(0, 0.25))
    for (const eye of holes.slice(0, 2)) {
      const lights = lightsWithin(image, eye, 0.02)
      expect(Math.max(...lights)).toBeLessThanOrEqual(skinLight + 2)
      expect(Math.min(...lights)).toBeLessThan(0.6 * skinLight)
    }
  })

  test('leaves no hole where an eye is seen from beside', () => {
    const aside = opened(0.28, 0.25).map((value, i) => {
      const landmark = i >> 1
      return landmark < 36 || landmark > 41 ? value : wide[2 * 36 + (i % 2)]!
    })
    expect(Math.min(...lightsWithin(film.frame(aside).image, holes[0]!, 0.02))).toBeGreaterThan(dark / 2)
  })

  test('leaves the skin around lids that shut where it is', () => {
    const { image } = film.frame(opened(0, 0.25))
    image.data.forEach((value, at) => {
      const pixel = Math.floor(at / 3)
      const [u, v] = [((pixel % side) + 0.5) / side, (Math.floor(pixel / side) + 0.5) / side]
      const isNear = holes.slice(0, 2).some((hole) => depthIn(hole, u, v) > -0.06)
      if (!isNear && value !== painted.data[at]) throw new Error(`changed at ${u}, ${v}`)
    })
  })

  test('is covered by lips that shut: no scraps of teeth', () => {
    const { image } = film.frame(opened(0.28, 0))
    const meet = outlineThrough(opened(0.28, 0.08), range(60, 68))
    expect(Math.max(...lightsWithin(image, meet, 0))).toBeLessThan((lipLight + skinLight) / 2)
  })

  test('lies in the shade of lips that have all but shut, teeth too', () => {
    const nearly = opened(0.28, 0.05)
    const { image } = film.frame(nearly)
    const lights = lightsWithin(image, outlineThrough(nearly, range(60, 68)), 0)
    expect(Math.max(...lights)).toBeLessThan(lipLight)
  })

  test('is drawn where shut lips open: darker than lips, with teeth as long as a fifth of its width', () => {
    const shut = { ...painted, data: painted.data.map((light) => (light === skinLight ? light : lipLight)) }
    const points = opened(0.28, 0)
    const { image, warnings } = openPhotographFilm({ image: shut, quad: wholeQuad(side), points }).frame(
      opened(0.28, 0.5),
    )
    expect(warnings).toEqual(['no-mouth'])
    const mouth = placedSlit(opened(0.28, 0.5), slits.mouth)
    const [x, top, bottom] = [mouth.middle[4]!, mouth.upper[5]!, mouth.lower[5]!]
    const lightAt = (share: number) => {
      const row = Math.floor((top + share * (bottom - top)) * side)
      return image.data[3 * (row * side + Math.floor(x * side))]!
    }
    expect(lightAt(0.75)).toBeLessThan(0.65 * lipLight)
    expect(lightAt(0.3)).toBeGreaterThan(2 * lightAt(0.75))
  })

  test('begins in the colour of the lip beside it where it is drawn: no light line at corners that are dark', () => {
    const points = opened(0.28, 0)
    const { frame } = mouthGap(points)
    const shut = { ...painted, data: painted.data.slice() }
    for (let pixel = 0; pixel < side * side; pixel++) {
      const [u, v] = [((pixel % side) + 0.5) / side, (Math.floor(pixel / side) + 0.5) / side]
      const [across] = inGap(frame, u, v)
      const lip = across < 0.2 || across > 0.8 ? dark : lipLight
      if (shut.data[3 * pixel] !== skinLight) shut.data.fill(lip, 3 * pixel, 3 * pixel + 3)
    }
    const wide = opened(0.28, 0.5)
    const { image } = openPhotographFilm({ image: shut, quad: wholeQuad(side), points }).frame(wide)
    const mouth = mouthGap(wide)
    for (const across of [0.12, 0.88]) {
      const [u, v] = outOfGap(mouth.frame, across, mouth.lower(across) - 0.01)
      expect(image.data[3 * (Math.floor(v * side) * side + Math.floor(u * side))]).toBeLessThan(
        0.4 * lipLight,
      )
    }
  })

  test('has teeth in the light of the skin that end evenly where it is drawn', () => {
    const mouth = mouthGap(opened(0.28, 0.5))
    const lightsAt = (down: number) => {
      const inside = drawnMouth(mouth, [lipLight, lipLight, lipLight], [skinLight, skinLight, skinLight])
      return Array.from({ length: 41 }, (_, i) => {
        const across = 0.4 + 0.005 * i
        const colour = Float64Array.of(lipLight, lipLight, lipLight)
        inside(across, mouth.upper(across) + down, colour)
        return colour[0]!
      })
    }
    const [shaded, teeth, ends, below] = [0.01, 0.1, 0.14, 0.22].map(lightsAt)
    expect(Math.max(...shaded!)).toBeLessThan(0.85 * Math.min(...teeth!))
    expect(Math.max(...teeth!)).toBeGreaterThan(0.9 * skinLight)
    expect(Math.min(...teeth!)).toBeGreaterThan(0.8 * skinLight)
    expect(Math.min(...ends!)).toBeGreaterThan(0.8 * Math.max(...ends!))
    expect(Math.max(...below!)).toBeLessThan(0.65 * lipLight)
  })

  test('is no more than a shade where shut lips open a little', () => {
    const shut = { ...painted, data: painted.data.map((light) => (light === skinLight ? light : lipLight)) }
    const film = openPhotographFilm({ image: shut, quad: wholeQuad(side), points: opened(0.28, 0) })
    const parted = opened(0.28, 0.1)
    const lights = lightsWithin(film.frame(parted).image, outlineThrough(parted, range(48, 60)), 0)
    expect(Math.min(...lights)).toBeLessThan(0.9 * lipLight)
    expect(Math.min(...lights)).toBeGreaterThan(0.45 * lipLight)
  })
})

describe('the edges of a mouth', () => {
  test('hang round when it is open: lower lips are no straight lines to the corners', () => {
    const { upper, lower } = mouthGap(opened(0.3, 0.4))
    const openAt = (across: number) => lower(across) - upper(across)
    expect(openAt(0.12)).toBeGreaterThan(0.45 * openAt(0.5))
    for (let across = 0.01; across < 1; across += 0.01) expect(openAt(across)).toBeGreaterThan(0)
  })

  test('meet all along when it is shut, wherever the landmarks lie across', () => {
    const { upper, lower } = mouthGap(opened(0.3, 0))
    for (let across = 0; across <= 1; across += 0.01) expect(lower(across)).toBeCloseTo(upper(across), 8)
    const folded = opened(0.3, 0.4).map((value, i) => (i === 2 * 61 || i === 2 * 67 ? face[2 * 60]! : value))
    expect(Number.isFinite(mouthGap(folded).lower(0.02))).toBe(true)
  })
})

describe('the side of a slit', () => {
  const shut = placedSlit(opened(0, 0), slits.mouth)
  const [x, y] = [shut.middle[4]!, shut.middle[5]!]

  test('jumps between lips that meet', () => {
    expect(sideOf(shut, x, y - 0.002)).toBe(1)
    expect(sideOf(shut, x, y + 0.002)).toBe(-1)
  })

  test('goes over softly beyond the corners', () => {
    const beyond = shut.middle[8]! + 0.05
    const line = shut.middle[9]!
    expect(Math.abs(sideOf(shut, beyond, line - 0.002) - sideOf(shut, beyond, line + 0.002))).toBeLessThan(
      0.2,
    )
  })
})
