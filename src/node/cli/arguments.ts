import { InvalidArgumentError } from 'commander'
import * as v from 'valibot'
import { landmarkGroups } from '../../engine/face/landmark-groups.ts'
import { openers } from '../../engine/motion/openings.ts'
import { mostWeight } from '../../engine/projection/settings.ts'
import { framesPerSecond } from '../../shared/film.ts'

/** A whole number in a range. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text.trim()) || value < least || value > most) {
      throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`)
    }
    return value
  }
}

/** A weight: a number from 0 to `mostWeight`, also in the form 1e5. */
export function weightNumber(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !isWeight(value)) {
    throw new InvalidArgumentError(`Give a number from 0 to ${mostWeight.toExponential()}.`)
  }
  return value
}

const isWeight = (value: number) => value >= 0 && value <= mostWeight

/** A number from 0 to 1. */
export function fraction(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('Give a number from 0 to 1.')
  return value
}

/** A number from 0 to 2: how strongly something is taken over. */
export function strength(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value <= 2)) {
    throw new InvalidArgumentError(
      'Give a number from 0 to 2: 0 is none of it, 1 all of it, more exaggerates.',
    )
  }
  return value
}

/** A strength for each of `openers`, separated by commas. */
export function openingStrengths(text: string): number[] {
  const strengths = text.split(',').map(strength)
  if (strengths.length === openers.length) return strengths
  throw new InvalidArgumentError(
    'Give three numbers, separated by commas: for the left eye, the right eye, and the lips.',
  )
}

/** A time in seconds. */
export function seconds(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && Number.isFinite(value))) {
    throw new InvalidArgumentError('Give a number of seconds from 0.')
  }
  return value
}

/** From when to when in seconds, as 2.5-4. */
export function secondsPassage(text: string): readonly [from: number, to: number] {
  const [from, to, ...more] = text.split('-').map(seconds)
  if (from !== undefined && to !== undefined && from < to && more.length === 0) return [from, to]
  throw new InvalidArgumentError('Give two times in seconds, such as 2.5-4.')
}

/** Frames of a film in a second. */
export function frameRate(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && v.is(framesPerSecond, value)) return value
  throw new InvalidArgumentError('Give a number of frames a second from 1 to 120.')
}

/** Frames that something is smoothed over. */
export function oddNumber(least: number, most: number): (text: string) => number {
  const whole = wholeNumber(least, most)
  return (text) => {
    const value = whole(text)
    if (value % 2 === 1) return value
    throw new InvalidArgumentError(`Give an odd number from ${least} to ${most}.`)
  }
}

/** What follows a driver, by names that people give to parts of a face, and the groups of landmarks that each is. */
const followed: Readonly<Record<string, readonly number[]>> = {
  jaw: [0],
  brows: [1, 2],
  'left-brow': [1],
  'right-brow': [2],
  nose: [3, 4],
  eyes: [5, 6],
  'left-eye': [5],
  'right-eye': [6],
  lips: [7, 8],
}

/** Parts of a face, separated by commas; for each of the nine groups of landmarks whether it is named. */
export function followedGroups(text: string): boolean[] {
  const groups = text.split(',').flatMap((name) => {
    const found = followed[name.trim()]
    if (found !== undefined) return found
    throw new InvalidArgumentError(`Give some of ${Object.keys(followed).join(', ')}, separated by commas.`)
  })
  return landmarkGroups.map((_, group) => groups.includes(group))
}

/** Any finite number. */
export function realNumber(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Give a number.')
  return value
}

/** A weight for each group of landmarks, separated by commas. */
export function groupWeightList(text: string): readonly number[] {
  const parts = text.split(',')
  const values = parts.map(Number)
  const sound = parts.every((part) => part.trim() !== '') && values.every(isWeight)
  if (!sound || values.length !== landmarkGroups.length) {
    const names = landmarkGroups.map(({ name }) => name).join(', ')
    throw new InvalidArgumentError(
      `Give ${landmarkGroups.length} numbers from 0 to ${mostWeight.toExponential()}, separated by commas, for ${names}.`,
    )
  }
  return values
}

const largestSeed = 2 ** 32 - 1
const mostSeeds = 10_000

/** Seeds and ranges of them, both ends included: `0-8`, `3,5,10-12`. */
export function seedList(text: string): readonly number[] {
  const complaint = new InvalidArgumentError('Give seeds such as 0-8 or 3,5,10-12.')
  const seeds: number[] = []
  for (const part of text.split(',')) {
    const range = /^(\d+)(?:-(\d+))?$/.exec(part.trim())
    if (range === null) throw complaint
    const first = Number(range[1])
    const last = Number(range[2] ?? range[1])
    if (first > last || last > largestSeed) throw complaint
    if (seeds.length + last - first >= mostSeeds) {
      throw new InvalidArgumentError(`That is more than ${mostSeeds} seeds.`)
    }
    for (let seed = first; seed <= last; seed++) seeds.push(seed)
  }
  return seeds
}

/** A seed of the random numbers: 32 bits. */
export const seedNumber = wholeNumber(0, largestSeed)
