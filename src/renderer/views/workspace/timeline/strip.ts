import type { FrameRange } from './film-times.ts'

/** So many places of a strip beside each other, each with the frames that it stands for. */
export function stripPlaces(frames: number, places: number): readonly FrameRange[] {
  const count = Math.max(1, Math.min(frames, places))
  const start = (place: number) => Math.round((place * frames) / count)
  return Array.from({ length: count }, (_, place) => [start(place), start(place + 1)] as const)
}

/** The frame of a place that is known and nearest to its middle; null where none is. */
export function nearestKnown([from, to]: FrameRange, known: (frame: number) => boolean): number | null {
  const middle = (from + to - 1) >> 1
  for (let off = 0; off < to - from; off++) {
    for (const frame of [middle - off, middle + off]) {
      if (frame >= from && frame < to && known(frame)) return frame
    }
  }
  return null
}

/** The frame to be fetched for the first place of which none is known; null where each has one. */
export function nextOfStrip(places: readonly FrameRange[], known: (frame: number) => boolean): number | null {
  const empty = places.find((range) => nearestKnown(range, known) === null)
  return empty === undefined ? null : (empty[0] + empty[1] - 1) >> 1
}
