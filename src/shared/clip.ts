import type { Image } from '../engine/runtime.ts'

/** How many bytes of a file tell what it is, whether a picture or a video of some kind. */
export const headLength = 256

/** What is known of a film's driver before a frame of it is decoded. */
export interface ClipFacts {
  /** How frames are stored: 'pictures' for files of their own, 'gif', 'webp', or the codec of a video as in `codecNames`. */
  readonly codec: string
  /** Of the upright frames, in pixels. */
  readonly width: number
  readonly height: number
  /** Clockwise, in degrees, from how frames are stored to how they are shown; it is applied to every frame that is given out. */
  readonly rotation: 0 | 90 | 180 | 270
  /** Ticks a second: the track's own time base. */
  readonly timescale: number
  /** When each frame begins, in ticks, ascending. */
  readonly times: readonly number[]
  /** When the last frame ends, in ticks. */
  readonly duration: number
  /** How much the file announces beyond that and does not have, in ticks: more than 0 if it was cut short. */
  readonly missing: number
}

/** Codecs of clips that are pictures in a row. */
const pictureCodecs: ReadonlySet<string> = new Set(['pictures', 'gif', 'webp'])

/** Whether a clip is a video, which may have sound. */
export function isVideoClip({ codec }: Pick<ClipFacts, 'codec'>): boolean {
  return !pictureCodecs.has(codec)
}

/** A frame of a clip, upright. */
export interface ClipFrame {
  /** Its place in `times`. */
  readonly index: number
  /** In ticks. */
  readonly time: number
  readonly image: Image
}

/** A film's driver: pictures in time. */
export interface Clip {
  readonly name: string
  readonly facts: ClipFacts
  /**
   * Decodes the frames from index `from` to before index `to`, all of them if nothing is said, one after another as they are
   * asked for: no more than a few are in memory. Leaving the iteration ends everything that was started for it. A frame that
   * no decoder makes anything of is left out. Throws MienError.
   */
  frames(from?: number, to?: number): AsyncIterable<ClipFrame>
}

/** A frame as a decoder gives it. */
export interface DecodedFrame {
  /** When it begins. */
  readonly seconds: number
  readonly image: Image
}

/** The indexes, from the first to before the second, of the frames that begin between two times in seconds. */
export function framesBetween(
  { times, timescale }: Pick<ClipFacts, 'times' | 'timescale'>,
  from: number,
  to = Number.POSITIVE_INFINITY,
): readonly [from: number, to: number] {
  const firstFrom = (seconds: number) => {
    const index = times.findIndex((time) => time >= Math.round(seconds * timescale))
    return index < 0 ? times.length : index
  }
  return [firstFrom(from), firstFrom(to)]
}

/**
 * From what to before what time, in seconds, frames have to be decoded for these indexes: half a tick early, since times
 * in seconds are rounded.
 */
export function secondsOf(
  { times, timescale }: ClipFacts,
  from: number,
  to: number,
): readonly [from: number, to: number] {
  const seconds = (index: number) => {
    const time = times[index]
    return time === undefined ? Number.POSITIVE_INFINITY : (time - 0.5) / timescale
  }
  return [seconds(from), seconds(to)]
}

/** Brings frames of a decoder to the clip's indexes and times. What the clip does not know of is not shown. */
export async function* framesInOrder(
  { times, timescale }: ClipFacts,
  from: number,
  to: number,
  decoded: AsyncIterable<DecodedFrame>,
): AsyncGenerator<ClipFrame> {
  let index = from
  if (from >= to) return
  for await (const { seconds, image } of decoded) {
    const time = Math.round(seconds * timescale)
    while (index < to && times[index]! < time) index++
    if (index < to && times[index] === time) yield { index: index++, time, image }
    if (index >= to) return
  }
}

/** What the user is told of a clip that was cut short; undefined for one that is whole. */
export function missingNotice({ name, facts }: Pick<Clip, 'name' | 'facts'>): string | undefined {
  if (facts.missing === 0) return undefined
  const seconds = (ticks: number) => (ticks / facts.timescale).toFixed(1)
  const announced = seconds(facts.duration + facts.missing)
  return `${name} was cut short: the last ${seconds(facts.missing)} of its ${announced} seconds are missing.`
}
