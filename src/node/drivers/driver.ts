import { basename, join } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import { pointsInQuad } from '../../engine/face/quad.ts'
import type { TimedMotion } from '../../engine/motion/motion.ts'
import type { Track } from '../../engine/track/track.ts'
import { trackQuads } from '../../engine/track/track-quads.ts'
import type { FilmGiver } from '../engine/film-frame-messages.ts'
import { makeFolder, writeFileAtomic } from '../host/files.ts'
import { loadShapeModel } from '../models/shape-model.ts'
import { encodePicture } from '../runtime/sharp-codec.ts'
import { type DriverFacts, driverFiles, factsText, readFacts } from './driver-files.ts'
import { readSquares } from './driver-squares.ts'
import { lastFrameEnd } from './frame-ends.ts'
import { motionBytes, readMotion } from './motion-file.ts'
import { readTrack } from './track-file.ts'

const quality = 90

/** What drives a film, as its folder has it. */
export interface Driver {
  readonly folder: string
  readonly facts: DriverFacts
  /** Of the face in its clip; a motion that came without one has none. */
  readonly track?: Track
  /** As it was fitted, not smoothed. */
  readonly motion: TimedMotion
  /**
   * The face of a frame, a JPEG of at most `squareSide` pixels a side, cut out by the square that follows it steadily; undefined where there is no picture of it. Rejects with
   * MienError 'unreadable-file', 'bad-file'.
   */
  square(frame: number): Promise<FilmGiver | undefined>
}

/**
 * What drives a film, from its folder. Nothing stays open. Throws MienError 'unreadable-file', 'bad-file' for a folder that is no driver or
 * was damaged, 'mismatch' for a motion of another model of shapes.
 */
export async function openDriver(folder: string): Promise<Driver> {
  const path = (file: keyof typeof driverFiles) => join(folder, driverFiles[file])
  const facts = await readFacts(path('facts'))
  const motion = await readMotion(path('motion'), await loadShapeModel())
  if (facts.clip === null) return { folder, facts, motion, square: async () => undefined }
  const track = await readTrack(path('track'))
  if (track.frames.length !== motion.times.length) throw notTogether(folder)
  const squares = await readSquares(folder, track.frames.length)
  const quads = trackQuads(track)
  return {
    ...{ folder, facts, track, motion },
    async square(frame) {
      const image = await squares.cut(frame, quads[frame]!)
      if (image === undefined) return undefined
      const points = pointsInQuad(track.frames[frame]!.points, quads[frame]!)
      return { bytes: await encodePicture(image, { format: 'jpeg', quality }), points: [...points] }
    },
  }
}

/**
 * Makes a driver of a motion that was saved.
 *
 * @param folder is made
 * @throws MienError 'unreadable-file', 'bad-file', 'mismatch' as `readMotion` does, 'unwritable'
 */
export async function importMotion(path: string, folder: string): Promise<Driver> {
  const shapes = await loadShapeModel()
  const motion = await readMotion(path, shapes)
  await makeFolder(folder)
  await writeFileAtomic(join(folder, driverFiles.motion), motionBytes(motion, shapes))
  const facts = {
    name: basename(path),
    frames: motion.times.length,
    timescale: motion.timescale,
    end: lastFrameEnd(motion),
    clip: null,
  }
  await writeFileAtomic(join(folder, driverFiles.facts), factsText(facts))
  return openDriver(folder)
}

function notTogether(folder: string): MienError {
  return new MienError('bad-file', `${folder}: its track and its motion are not of the same film.`, {
    file: folder,
    hint: 'Have the clip followed again.',
  })
}
