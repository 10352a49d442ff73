import type { DriverTimeline } from '../../../../shared/driver.ts'

/** When the frames of a film begin, in ticks, and when the last one ends. */
export type FilmTimes = Pick<DriverTimeline, 'timescale' | 'times' | 'end'>

/** Frames from the first to before the second. */
export type FrameRange = readonly [from: number, to: number]

/** Seconds from the first frame to where that one begins; the number of frames stands for the end. */
export function secondsTo({ timescale, times, end }: FilmTimes, frame: number): number {
  return ((times[frame] ?? end) - (times[0] ?? 0)) / timescale
}

/** Rounded seconds must not fall before the frame that they are of; in ticks. */
const slack = 0.01

/** The frame that is shown so many seconds after the first one begins: the first before it, the last after the end. */
export function frameAt({ timescale, times }: FilmTimes, seconds: number): number {
  const tick = seconds * timescale + (times[0] ?? 0) + slack
  let [from, to] = [0, times.length]
  while (to - from > 1) {
    const middle = (from + to) >> 1
    if (times[middle]! <= tick) from = middle
    else to = middle
  }
  return from
}

/** Where a film is that played for so many seconds more within a part of it, in seconds; and whether it came to its end. */
export function playedOn(
  at: number,
  seconds: number,
  [from, to]: readonly [from: number, to: number],
  loop: boolean,
): { readonly at: number; readonly ended: boolean } {
  const begun = at < from || at >= to ? from : at
  const on = begun + seconds
  if (on < to) return { at: on, ended: false }
  if (!loop || to <= from) return { at: to, ended: true }
  return { at: from + ((on - from) % (to - from)), ended: false }
}

/** A range of the frames that has at least one of them; `whole` frames there are. */
export function rangeWith(
  [from, to]: FrameRange,
  end: 'from' | 'to',
  frame: number,
  whole: number,
): FrameRange {
  if (end === 'from') {
    const first = Math.min(whole - 1, Math.max(0, frame))
    return [first, Math.max(to, first + 1)]
  }
  const last = Math.min(whole, Math.max(1, frame))
  return [Math.min(from, last - 1), last]
}

/** How many frames are shown a second, in the mean. */
export function frameRateOf(times: FilmTimes): number {
  const seconds = secondsTo(times, times.times.length)
  return seconds > 0 ? times.times.length / seconds : 1
}

/** A moment of a film for people: `0:01.24`, with the decimal sign of their language. */
export function momentText(seconds: number, language: string): string {
  const hundredths = Math.round(seconds * 100)
  const format = new Intl.NumberFormat(language, { minimumIntegerDigits: 2, minimumFractionDigits: 2 })
  return `${Math.floor(hundredths / 6000)}:${format.format((hundredths % 6000) / 100)}`
}

/** How many seconds into its clip the film is: the clip's sound has the clock of its frames. */
export function clipSeconds({ timescale, times }: FilmTimes, at: number): number {
  return (times[0] ?? 0) / timescale + at
}
