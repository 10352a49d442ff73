import { beforeAll, describe, expect, test } from 'vitest'
import { heldOutFilms } from '../../models/evaluation/held-out-films.ts'
import { sideOf } from '../../src/engine/face/quad.ts'
import { innerDistance } from '../../src/engine/likeness/inner-landmarks.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { trackQuads } from '../../src/engine/track/track-quads.ts'
import { type Actor, type Moment, movedPoints, tracked } from './drawn-scenes.ts'

const she: Actor['who'] = [0, 0]
const another: Actor['who'] = [1, 0]
const turnedAway: Actor['who'] = [0.7, 0.7]

/** Landmarks of drawn drivers, 60 frames each. */
let films: readonly (readonly Float32Array[])[]
let film: readonly Float32Array[]
beforeAll(async () => {
  films = (await heldOutFilms()).map(({ driver }) => driver)
  film = films[0]!
})

function alone(points: Float32Array, who = she): Moment {
  return { actors: [{ points, who }] }
}

const nobody: Moment = { actors: [] }

/** The film with other moments in place of its own. */
function filmWith(change: (points: Float32Array, frame: number) => Moment | undefined): readonly Moment[] {
  return film.map((points, i) => change(points, i) ?? alone(points))
}

/** So many of each letter in turn. */
function marks(...runs: readonly (readonly [letter: string, count: number])[]): string {
  return runs.map(([letter, count]) => letter.repeat(count)).join('')
}

describe('a face that is there all the time', () => {
  test('is followed, with its landmarks as they were found', async () => {
    for (const driver of films) {
      const { track, marks, asked } = await tracked(driver.map((points) => alone(points)))
      expect(marks).toBe('s'.repeat(60))
      expect(track!.frames.map(({ points }) => points)).toEqual(driver)
      expect(track!.segments).toEqual([{ start: 0, end: 60 }])
      // Once a second, and in no doubt between: blinks, speech and turns are none.
      expect(asked).toEqual({ quick: 3, thorough: 0 })
    }
  })

  test('is followed where the camera shakes', async () => {
    const random = new MersenneTwister(1)
    const moments = film.map((points) => {
      const [x, y] = random.normals(2)
      return alone(movedPoints(points, 6 * x!, 6 * y!))
    })
    expect((await tracked(moments)).marks).toBe('s'.repeat(60))
  })

  test('is followed where it moves as far from frame to frame as its eyes lie apart', async () => {
    const moments = film.map((points, i) => alone(movedPoints(points, 60 * i)))
    const { track, marks } = await tracked(moments)
    expect(marks).toBe('s'.repeat(60))
    expect(track!.segments).toHaveLength(1)
  })

  test('is followed in a light that flickers', async () => {
    const moments = film.map((points, i) => ({
      ...alone(movedPoints(points, 60 * i)),
      light: 100 + 6 * (i % 2),
    }))
    expect((await tracked(moments)).track!.segments).toHaveLength(1)
  })

  test('stays who it is where it turns away from the camera and nobody else is there', async () => {
    const moments = filmWith((points, i) => (i >= 20 && i < 40 ? alone(points, turnedAway) : undefined))
    expect((await tracked(moments)).marks).toBe('s'.repeat(60))
  })
})

describe('a face that is lost', () => {
  test('for less than half a second is laid between where it was and where it comes back', async () => {
    const { track, marks: found } = await tracked(
      filmWith((_, i) => (i >= 20 && i < 30 ? nobody : undefined)),
    )
    expect(found).toBe(marks(['s', 20], ['i', 10], ['s', 30]))
    const [before, between, after] = [19, 24, 30].map((i) => track!.frames[i]!.points)
    const part = 5 / 11
    between!.forEach((value, k) => {
      expect(value).toBeCloseTo(before![k]! + part * (after![k]! - before![k]!), 3)
    })
    expect(track!.segments).toEqual([{ start: 0, end: 60 }])
  })

  test('for longer is held where it was seen last, and the film falls into segments', async () => {
    const { track, marks: found } = await tracked(
      filmWith((_, i) => (i >= 20 && i < 35 ? nobody : undefined)),
    )
    expect(found).toBe(marks(['s', 20], ['h', 15], ['s', 25]))
    expect(track!.frames[34]!.points).toEqual(film[19])
    expect(track!.segments).toEqual([
      { start: 0, end: 20 },
      { start: 35, end: 60 },
    ])
  })

  test('or is not there yet in the first frames, is held as it comes and goes', async () => {
    const { track, marks: found } = await tracked(filmWith((_, i) => (i < 5 || i >= 57 ? nobody : undefined)))
    expect(found).toBe(marks(['h', 5], ['s', 52], ['h', 3]))
    expect(track!.frames[0]!.points).toEqual(film[5])
    expect(track!.frames[59]!.points).toEqual(film[56])
  })

  test('is looked for in every frame, and thoroughly once a second', async () => {
    const { asked } = await tracked(film.map(() => nobody))
    expect(asked).toEqual({ quick: 60, thorough: 3 })
  })

  test('in all frames makes no track', async () => {
    expect((await tracked([nobody, nobody])).track).toBeUndefined()
    expect((await tracked([])).track).toBeUndefined()
  })
})

describe('another face', () => {
  /** Walks by, and is in front of her from frame 25 to 32. */
  const passer = (i: number) => ({ points: movedPoints(films[1]![i]!, 20 * (i - 28)), who: another })

  test('that passes in front is not taken for the one that is followed', async () => {
    const moments = filmWith((points, i) => {
      const hers = { points, who: she }
      return { actors: i >= 25 && i <= 32 ? [passer(i)] : [hers, passer(i)] }
    })
    const { track, marks: found } = await tracked(moments)
    expect(found).toBe(marks(['s', 25], ['i', 8], ['s', 27]))
    for (const { points, state } of track!.frames) {
      if (state === 'seen') expect(film).toContainEqual(points)
    }
  })

  test('that is found in her very place is noticed', async () => {
    const moments = filmWith((points, i) => {
      const hers = { points: movedPoints(points, i < 30 ? 0 : 300), who: she }
      const others = { points: movedPoints(films[1]![i]!, i < 30 ? 300 : 0), who: another }
      return { actors: [hers, others] }
    })
    const { track, marks } = await tracked(moments)
    expect(marks).toBe('s'.repeat(60))
    expect(track!.frames[30]!.points).toEqual(movedPoints(film[30]!, 300))
  })

  test('that resembles her is left again where she is seen better', async () => {
    const double: Actor['who'] = [0.5, 0]
    const moments = filmWith((points, i) => {
      const doubles = { points: films[1]![i]!, who: double }
      if (i < 10) return undefined
      return i < 15
        ? { actors: [doubles] }
        : { actors: [doubles, { points: movedPoints(points, 300), who: she }] }
    })
    const { track } = await tracked(moments)
    expect(track!.frames[59]!.points).toEqual(movedPoints(film[59]!, 300))
  })

  test('is listed on key frames, and followed where it is chosen by its number', async () => {
    const moments = filmWith((points, i) => ({
      actors: [{ points, who: she }, ...(i < 10 ? [] : [{ points: movedPoints(points, 300), who: another }])],
    }))
    const { track, marks: found, keyFrames } = await tracked(moments, { number: 2 })
    expect(found).toBe(marks(['h', 10], ['s', 50]))
    expect(track!.frames[10]!.points).toEqual(movedPoints(film[10]!, 300))
    expect(keyFrames.at(-1)!.faces.map(({ points }) => points)).toEqual(
      moments[keyFrames.at(-1)!.frame]!.actors.map(({ points }) => points),
    )
  })
})

describe('a cut', () => {
  const elsewhere = (points: Float32Array) => movedPoints(points, 40, 30)

  test('ends a segment', async () => {
    const moments = filmWith((points, i) =>
      i < 30 ? undefined : { ...alone(elsewhere(points)), light: 180 },
    )
    const { track, marks } = await tracked(moments)
    expect(marks).toBe('s'.repeat(60))
    expect(track!.segments).toEqual([
      { start: 0, end: 30 },
      { start: 30, end: 60 },
    ])
  })

  test('is noticed between scenes that look alike by the face that jumps', async () => {
    const moments = (jump: number) =>
      filmWith((points, i) => (i < 30 ? undefined : { ...alone(movedPoints(points, jump)), light: 105 }))
    expect((await tracked(moments(0))).track!.segments).toHaveLength(1)
    expect((await tracked(moments(60))).track!.segments).toEqual([
      { start: 0, end: 30 },
      { start: 30, end: 60 },
    ])
  })

  test('is not reached across: nothing is laid between two scenes', async () => {
    const moments = filmWith((points, i) => {
      if (i < 28) return undefined
      const actors = i < 32 ? [] : alone(elsewhere(points)).actors
      return { actors, light: i < 30 ? 100 : 180 }
    })
    const { track, marks: found } = await tracked(moments)
    expect(found).toBe(marks(['s', 28], ['h', 4], ['s', 28]))
    expect(track!.frames[29]!.points).toEqual(film[27])
    expect(track!.frames[30]!.points).toEqual(elsewhere(film[32]!))
  })

  test('to somebody else holds her until she is back', async () => {
    const moments = filmWith((points, i) =>
      i < 20 || i >= 40 ? undefined : { ...alone(points, another), light: 180 },
    )
    const { track, marks: found } = await tracked(moments)
    expect(found).toBe(marks(['s', 20], ['h', 20], ['s', 20]))
    expect(track!.frames[39]!.points).toEqual(film[19])
  })
})

describe('a slip of the landmark network in a single frame', () => {
  const slip = (from: number, to: number) => (points: Float32Array, i: number) =>
    i === 30 ? alone(points.map((value, k) => (k >= 2 * from && k < 2 * to ? value + 12 : value))) : undefined

  test.each([
    ['the whole face', 0, 68],
    ['an eye', 36, 42],
    ['the mouth', 48, 68],
  ])('of %s is marked and mended', async (_, from, to) => {
    const { track, marks: found } = await tracked(filmWith(slip(from, to)))
    expect(found).toBe(marks(['s', 30], ['i', 1], ['s', 29]))
    expect(innerDistance(track!.frames[30]!.points, film[30]!)).toBeLessThan(0.03)
  })

  test('is told from a step, which stays, and from what a face does in a slow film', async () => {
    const step = filmWith((points, i) => (i < 30 ? undefined : alone(movedPoints(points, 12))))
    expect((await tracked(step)).marks).toBe('s'.repeat(60))
    expect((await tracked(filmWith(slip(48, 68)), { rate: 12 })).marks).toBe('s'.repeat(60))
  })
})

test('the squares of a track are steadied within its segments', async () => {
  const { track } = await tracked(film.map((points) => alone(points)))
  const sides = (quads: ReturnType<typeof trackQuads>) => quads.map(sideOf)
  const change = (values: readonly number[]) =>
    values.slice(1).reduce((sum, value, i) => sum + Math.abs(value - values[i]!), 0)
  const raw = sides(trackQuads({ ...track!, segments: [] }))
  expect(change(sides(trackQuads(track!)))).toBeLessThan(0.7 * change(raw))
  expect(trackQuads({ ...track!, frames: track!.frames.slice(0, 1) })).toHaveLength(1)
})
