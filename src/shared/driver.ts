import * as v from 'valibot'
import { bytes, count, finite, id, title } from './fields.ts'

/** Motions that come with Mien. */
export const templates = ['smile', 'wink', 'speaking'] as const
export type TemplateName = (typeof templates)[number]

/** A clip of more bytes is not kept with its driver; its sound is then taken from the file where a film is exported. */
export const largestKeptClip = 64 * 2 ** 20

/** An hour at 60 frames a second: what is followed in one go. */
export const mostDriverFrames = 216_000

/** Of a frame that the window sends: more does not make landmarks better. */
export const mostFramePixels = 16 * 2 ** 20

/** A face by its number in the order of size, from 1, in the first frame that has so many. */
export const faceNumber = v.pipe(count, v.minValue(1), v.maxValue(100))

export const side = v.pipe(count, v.minValue(1), v.maxValue(16_384))
const codec = v.pipe(v.string(), v.minLength(1), v.maxLength(40))

/** A face that was followed through a clip, or a motion that came without one: what a film of the project moves by. */
export const driver = v.strictObject({
  id,
  name: title,
  /** One at least. */
  frames: v.pipe(count, v.minValue(1)),
  /** From the first frame to the end of the last. */
  seconds: finite,
  /** The clip in which it was followed; null for a motion that came as a file or with Mien. */
  clip: v.nullable(
    v.strictObject({
      codec,
      /** Of the frames that were looked at, in pixels. */
      width: side,
      height: side,
      /** How many seconds the clip announced beyond what it had: more than 0 if it was cut short. */
      missing: finite,
      /** Whether the clip itself lies in the project; `drivers.clip` gives it. */
      kept: v.boolean(),
    }),
  ),
  /** Whether there are pictures of its face, which `drivers.square` shows and mouths are taken from. */
  squares: v.boolean(),
  /** Which of those that come with Mien it is. */
  template: v.exactOptional(v.picklist(templates)),
})
export type Driver = v.InferOutput<typeof driver>

/** A driver, frame by frame. */
export const driverTimeline = v.strictObject({
  /** Ticks a second. */
  timescale: v.pipe(count, v.minValue(1)),
  /** When each frame begins, in ticks, ascending. */
  times: v.array(count),
  /** When the last one ends, in ticks. */
  end: count,
  /** Frames that do not show the face, from the first to before the second, and where their landmarks are from. */
  lost: v.array(v.strictObject({ from: count, to: count, state: v.picklist(['interpolated', 'held']) })),
  /** Frames before which the clip was cut. */
  cuts: v.array(count),
  /** Frames that hang together, between cuts and gaps: from the first to before the second. */
  segments: v.array(v.strictObject({ start: count, end: count })),
  /** Landmarks as fractions of the driver's square: float32, little-endian, [frames, 68, 2]. */
  points: bytes,
})
export type DriverTimeline = v.InferOutput<typeof driverTimeline>

/** A clip whose frames the window decodes and sends, and the face in it that is followed. */
export const drivingClip = v.strictObject({
  name: title,
  codec,
  /** Of the frames as they are sent: upright, and maybe smaller than the clip has them. */
  width: side,
  height: side,
  /** Clockwise, in degrees, from how they are stored to how they are shown. */
  rotation: v.picklist([0, 90, 180, 270]),
  /** Ticks a second. */
  timescale: v.pipe(count, v.minValue(1), v.maxValue(2 ** 32)),
  /** How many frames will be sent, as far as is known. */
  count: v.pipe(count, v.minValue(1), v.maxValue(mostDriverFrames)),
  /** When the last of them ends, in ticks. */
  end: count,
  /** How much the clip announces beyond its end and does not have, in ticks. */
  missing: count,
  face: faceNumber,
  /** From what to what second frames are sent; all if absent. */
  range: v.exactOptional(
    v.pipe(
      v.tuple([v.pipe(finite, v.minValue(0)), v.pipe(finite, v.minValue(0))]),
      v.check(([from, to]) => from < to),
    ),
  ),
  /** An upload of the clip, to be kept with the driver: of at most `largestKeptClip`. */
  upload: v.exactOptional(id),
})
export type DrivingClip = v.InferOutput<typeof drivingClip>
