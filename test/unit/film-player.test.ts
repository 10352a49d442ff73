import { expect, test } from 'vitest'
import { usualFilm } from '../../src/engine/motion/film-targets.ts'
import { isMoving } from '../../src/renderer/clips/moving-picture.ts'
import { mostAhead, nextToFetch } from '../../src/renderer/views/workspace/timeline/fetch-order.ts'
import {
  frameAt,
  momentText,
  playedOn,
  rangeWith,
  secondsTo,
} from '../../src/renderer/views/workspace/timeline/film-times.ts'
import { nearestKnown, nextOfStrip, stripPlaces } from '../../src/renderer/views/workspace/timeline/strip.ts'
import { usualFilmSettings } from '../../src/shared/film-settings.ts'

test('the window begins with what the engine calls usual', () => {
  expect(usualFilmSettings).toEqual(usualFilm)
})

/** A film at 29.97 frames a second whose track begins late, and one whose frames differ in length. */
const ntsc = {
  timescale: 30_000,
  times: Array.from({ length: 300 }, (_, i) => 500 + 1001 * i),
  end: 500 + 300 * 1001,
}
const varied = { timescale: 1000, times: [0, 40, 500, 520], end: 600 }

test('the time of every frame leads back to it', () => {
  for (const film of [ntsc, varied]) {
    film.times.forEach((_, frame) => {
      expect(frameAt(film, secondsTo(film, frame))).toBe(frame)
    })
    expect(frameAt(film, -1)).toBe(0)
    expect(frameAt(film, 1e6)).toBe(film.times.length - 1)
  }
  expect(frameAt(varied, 0.3)).toBe(1)
  expect(secondsTo(varied, 4)).toBe(0.6)
})

test('a film that plays comes round within its part, or ends there', () => {
  expect(playedOn(1, 0.5, [0, 3], true)).toEqual({ at: 1.5, ended: false })
  const round = playedOn(2.5, 1, [1, 3], true)
  expect(round.at).toBeCloseTo(1.5)
  expect(round.ended).toBe(false)
  expect(playedOn(2.5, 1, [1, 3], false)).toEqual({ at: 3, ended: true })
  expect(playedOn(0, 0.5, [1, 3], true).at).toBe(1.5)
  // A page that was hidden for a minute.
  expect(playedOn(2, 60.25, [1, 3], true).at).toBeCloseTo(2.25)
})

test('a part of the film has a frame at least, wherever its ends are moved', () => {
  expect(rangeWith([0, 10], 'from', 4, 10)).toEqual([4, 10])
  expect(rangeWith([2, 5], 'from', 7, 10)).toEqual([7, 8])
  expect(rangeWith([2, 5], 'from', 99, 10)).toEqual([9, 10])
  expect(rangeWith([2, 5], 'to', 1, 10)).toEqual([0, 1])
  expect(rangeWith([2, 5], 'to', -3, 10)).toEqual([0, 1])
  expect(rangeWith([2, 5], 'to', 99, 10)).toEqual([2, 10])
})

test('moments are written with two digits and the sign of the language', () => {
  expect(momentText(1.239, 'en')).toBe('0:01.24')
  expect(momentText(59.999, 'en')).toBe('1:00.00')
  expect(momentText(125.5, 'de')).toBe('2:05,50')
})

/** All that is fetched, in order, as if each came at once. */
function fetched(head: Parameters<typeof nextToFetch>[0], most = 1000): number[] {
  const there = new Set<number>()
  const order: number[] = []
  while (order.length < most) {
    const next = nextToFetch(head, (frame) => there.has(frame))
    if (next === null) break
    there.add(next)
    order.push(next)
  }
  return order
}

const head = { frame: 2, range: [0, 8], playing: true, loop: true, lead: 3 } as const

test('what is shown comes first, then what is in time, and then, round the loop, the rest', () => {
  expect(fetched(head)).toEqual([2, 6, 7, 0, 1, 3, 4, 5])
  expect(fetched({ ...head, loop: false })).toEqual([2, 6, 7, 3, 4, 5])
  expect(fetched({ ...head, range: [1, 5] }).sort()).toEqual([1, 2, 3, 4])
})

test('a film that stands has its neighbours ready, and no more', () => {
  expect(fetched({ ...head, playing: false })).toEqual([2, 3, 1])
  expect(fetched({ ...head, playing: false, range: [2, 3] })).toEqual([2])
})

test('of a long film a bounded part is fetched ahead', () => {
  const order = fetched({ ...head, range: [0, 10_000] })
  expect(order).toHaveLength(mostAhead + 1)
  expect(Math.max(...order)).toBe(2 + mostAhead)
})

test('places of a strip share all frames, and show the known one next to their middle', () => {
  const places = stripPlaces(75, 20)
  expect(places).toHaveLength(20)
  expect(places[0]![0]).toBe(0)
  expect(places.at(-1)![1]).toBe(75)
  expect(places.every(([from], i) => i === 0 || from === places[i - 1]![1])).toBe(true)
  expect(stripPlaces(3, 20)).toHaveLength(3)
  expect(nearestKnown([10, 20], (frame) => frame === 11 || frame === 15)).toBe(15)
  expect(nearestKnown([10, 20], (frame) => frame === 20)).toBeNull()
})

test('a strip is filled place by place, where it shows nothing yet', () => {
  const places = stripPlaces(40, 4)
  const known = new Set([3])
  const order: number[] = []
  for (let next = nextOfStrip(places, (one) => known.has(one)); next !== null; ) {
    known.add(next)
    order.push(next)
    next = nextOfStrip(places, (one) => known.has(one))
  }
  expect(order).toEqual([14, 24, 34])
})

test('a picture that moves is told from one that stands', () => {
  const image = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x4c, 1, 0]
  const control = [0x21, 0xf9, 4, 0, 10, 0, 0, 0]
  const gif = (...parts: number[][]) =>
    Uint8Array.from(
      [...'GIF89a'].map((letter) => letter.charCodeAt(0)).concat([1, 0, 1, 0, 0, 0, 0], ...parts, 0x3b),
    )
  expect(isMoving(gif(control, image))).toBe(false)
  expect(isMoving(gif(control, image, control, image))).toBe(true)
  // Cut within the second picture.
  expect(isMoving(gif(control, image, control, image).subarray(0, -14))).toBe(true)
  const webp = (flags: number) => {
    const bytes = Uint8Array.from({ length: 30 }, (_, i) => 'RIFF....WEBPVP8X'.charCodeAt(i) || 0)
    bytes[20] = flags
    return bytes
  }
  expect(isMoving(webp(0x02))).toBe(true)
  expect(isMoving(webp(0x10))).toBe(false)
  expect(isMoving(Uint8Array.of(1, 2, 3))).toBe(false)
})
