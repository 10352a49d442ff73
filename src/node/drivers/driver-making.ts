import { join } from 'node:path'
import type { TimedMotion } from '../../engine/motion/motion.ts'
import type { PictureSize } from '../../engine/runtime.ts'
import type { TimedImage } from '../../engine/track/face-tracker.ts'
import { cutFrames } from '../../engine/track/lost-frames.ts'
import type { EngineClient, RunningJob } from '../engine/client.ts'
import { startFedJob } from '../engine/fed-job.ts'
import type { JobEvents } from '../engine/protocol.ts'
import { makeFolder, writeFileAtomic } from '../host/files.ts'
import { serial } from '../host/serial.ts'
import { loadShapeModel } from '../models/shape-model.ts'
import { type Driver, openDriver } from './driver.ts'
import { type DriverClip, driverFiles, factsText } from './driver-files.ts'
import { openSquareWriter } from './driver-squares.ts'
import { lastFrameEnd } from './frame-ends.ts'
import { motionBytes } from './motion-file.ts'
import { trackBytes } from './track-file.ts'

/** A clip in which a face is to be followed. Width and height are those of its frames, upright. */
export interface DrivingClip
  extends PictureSize,
    Pick<DriverClip, 'sha256' | 'codec' | 'rotation' | 'missing' | 'face' | 'range'> {
  /** As people know it. */
  readonly name: string
  /** Ticks a second. */
  readonly timescale: number
  /** How many frames will be given, as far as the clip says. */
  readonly count: number
  /** When the last of them ends, in ticks. */
  readonly end: number
}

/**
 * Follows a face through the frames of a clip, of which one is held at a time, and keeps what it did: track, motion and squares. A
 * stop keeps that of the frames so far.
 *
 * @param frames are left when it is over
 * @param folder is made, or what it has of a driver replaced; it is one when all is written
 * @returns `outcome` rejects with MienError: 'bad-image' where no face is found, 'mismatch' where no frame shows so many, 'stopped'
 *   where it was stopped before, 'unwritable', and what the frames throw
 */
export function makeDriver(
  engine: Pick<EngineClient, 'start'>,
  frames: AsyncIterable<TimedImage>,
  clip: DrivingClip,
  folder: string,
  events: Pick<JobEvents, 'stage' | 'portion'> = {},
): Pick<RunningJob<'track'>, 'stop'> & { readonly outcome: Promise<Driver> } {
  const { name, width, height, timescale, count, face: number } = clip
  const inTurn = serial()
  let whole = false
  let stop = (): void => undefined
  let stopped = false

  async function* counted(): AsyncGenerator<TimedImage> {
    yield* frames
    whole = true
  }

  async function make(): Promise<Driver> {
    await makeFolder(folder)
    const squares = await openSquareWriter(folder)
    let broken: unknown
    const parameters = { name, width, height, timescale, count, number }
    const tracking = startFedJob(engine, 'track', parameters, counted(), {
      ...events,
      square(cut) {
        inTurn(() => squares.add(cut)).catch((error: unknown) => {
          broken ??= error
          tracking.stop()
        })
      },
    })
    stop = tracking.stop
    if (stopped) stop()
    try {
      const { track, motion } = await tracking.outcome
      await inTurn(() => squares.close())
      if (broken !== undefined) throw broken
      const times = track.frames.map(({ time }) => time)
      const film: TimedMotion = { timescale, times, segments: track.segments, motion }
      await writeFileAtomic(join(folder, driverFiles.track), trackBytes(track))
      await writeFileAtomic(join(folder, driverFiles.motion), motionBytes(film, await loadShapeModel()))
      const { sha256, codec, rotation, missing, face, range } = clip
      const facts = {
        ...{ name, frames: times.length, timescale, end: whole ? clip.end : lastFrameEnd(film) },
        clip: {
          ...{ sha256, codec, width, height, rotation, missing, face, range },
          lost: track.frames.filter(({ state }) => state !== 'seen').length,
          cuts: cutFrames(track).length,
        },
      }
      await writeFileAtomic(join(folder, driverFiles.facts), factsText(facts))
      return await openDriver(folder)
    } catch (error) {
      await inTurn(() => squares.close()).catch(() => undefined)
      throw broken ?? error
    }
  }

  return {
    outcome: make(),
    stop() {
      stopped = true
      stop()
    },
  }
}
