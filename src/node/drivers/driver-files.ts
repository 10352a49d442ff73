import * as v from 'valibot'
import { MienError } from '../../engine/errors.ts'
import { count, finite, sha256 } from '../../shared/fields.ts'
import { readTextIfAny } from '../host/files.ts'
import { asCount, asRecord, parseJson } from '../host/json-fields.ts'

/** The files in the folder of a driver, by what they hold. */
export const driverFiles = {
  /** Written last: a folder without it is no driver. */
  facts: 'driver.json',
  track: 'track.npz',
  motion: 'motion.npz',
  /** JPEGs one after the other, and where in it and in its frame each lies. */
  squares: 'squares.mjpeg',
  squarePlaces: 'squares.npz',
} as const

/** Version of the form of driver.json. */
const factsVersion = 1

const some = v.pipe(count, v.minValue(1))
/** From what to what second of a clip; null for its end. */
export const secondsRange = v.pipe(
  v.tuple([finite, v.nullable(finite)]),
  v.check(([from, to]) => from >= 0 && (to === null || to > from)),
  v.readonly(),
)

/** What is known of the clip in which a face was followed, and of that. */
const driverClip = v.object({
  /** Of the clip's file; null where it is none, as a folder of pictures. */
  sha256: v.nullable(sha256),
  /** How its frames were stored: see `ClipFacts`. */
  codec: v.string(),
  /** Of the frames, upright. */
  width: some,
  height: some,
  /** Clockwise, in degrees, from how they were stored. */
  rotation: v.picklist([0, 90, 180, 270]),
  /** How much the file announces beyond its end and does not have, in ticks. */
  missing: count,
  /** Which face, by its number in the order of size, from 1. */
  face: some,
  /** From what to what second of the clip frames were taken; null for all, or up to the end. */
  range: v.nullable(secondsRange),
  /** Frames in which the face was not seen, and cuts. */
  lost: count,
  cuts: count,
})

/** What driver.json holds. */
export const driverFacts = v.object({
  version: v.literal(factsVersion),
  /** Of the clip, or of the file of the motion. */
  name: v.string(),
  frames: some,
  /** Ticks a second. */
  timescale: some,
  /** When the last frame ends, in ticks. */
  end: count,
  /** Null for a motion that came without one: it has no track and no squares. */
  clip: v.nullable(driverClip),
})
export type DriverFacts = Readonly<v.InferOutput<typeof driverFacts>>
export type DriverClip = Readonly<v.InferOutput<typeof driverClip>>

export function factsText(facts: Omit<DriverFacts, 'version'>): string {
  return `${JSON.stringify({ version: factsVersion, ...facts }, null, 2)}\n`
}

/** The facts of a driver. Throws MienError 'bad-file' for a folder that is none, or was damaged. */
export async function readFacts(path: string): Promise<DriverFacts> {
  const text = await readTextIfAny(path)
  const fields = text === undefined ? undefined : parseJson(text)
  const parsed = v.safeParse(driverFacts, fields)
  if (parsed.success) return parsed.output
  const newer = (asCount(asRecord(fields)?.version) ?? 0) > factsVersion
  throw new MienError(
    'bad-file',
    newer ? `${path} was written by a newer Mien.` : `${path} does not describe what drives a film.`,
    {
      file: path,
      hint: newer ? 'Open it with that Mien.' : 'Have the clip followed again.',
    },
  )
}
