import { MienError } from '../../../../engine/errors.ts'
import { framesBetween } from '../../../../shared/clip.ts'
import type { KeptFilm } from './kept-film.ts'

/** Of which frames are taken: a clip, or a driver. */
interface Frames {
  readonly name: string
  /** When each begins and the last one ends, in ticks; and ticks a second. */
  readonly times: readonly number[]
  readonly end: number
  readonly timescale: number
}

/** The frames of a film's range, from the first to before the second. Throws MienError 'wrong-use' where there are none. */
export function framesInRange(
  { name, end, ...film }: Frames,
  range: KeptFilm['driver']['range'],
): readonly [from: number, to: number] {
  if (range === null) return [0, film.times.length]
  const [first, last] = range
  const [from, to] = framesBetween(film, first, last ?? undefined)
  if (from < to) return [from, to]
  const length = (end / film.timescale).toFixed(1)
  const where = last === null ? `after ${first} s` : `between ${first} and ${last} s`
  throw new MienError('wrong-use', `${name} has no frame ${where}; it ends at ${length} s.`, {
    hint: 'Choose times within that.',
  })
}
