import { blankImage, paste } from '../../engine/picture/drawing.ts'
import type { Image } from '../../engine/runtime.ts'
import { openMp4, type VideoEncoder } from './mp4.ts'
import { besides, type MarkedPicture, panelOf } from './panels.ts'

/** Frames beyond this would make the film long, not better. */
export const mostFrames = 300

/** Panels are no smaller, so that landmarks can be told apart, and no larger, so that four still play everywhere. */
const smallestPanel = 256
export const largestPanel = 512

const mostFramesPerSecond = 30

/** Fewer frames than would fill so many seconds stay longer each, to a fifth of a second. */
const leastSeconds = 5
const leastFramesPerSecond = 5

/** The pace at which so many frames can be followed. */
export function paceOf(frames: number): number {
  return Math.min(mostFramesPerSecond, Math.max(leastFramesPerSecond, Math.round(frames / leastSeconds)))
}

/** How long the last picture stays. */
const restSeconds = 1

/** The way of a projection, between the two pictures that do not change: look | left | right | landmarks. */
export interface Film {
  add(left: MarkedPicture, right: MarkedPicture): void
  /** The bytes of the MP4. */
  finish(): Uint8Array
  /** Ends it without a film. */
  abandon(): void
}

/** Starts a film with panels of about the look's size; frames are encoded as they come. */
export async function openFilm(
  look: Image,
  landmarks: MarkedPicture,
  framesPerSecond = mostFramesPerSecond,
): Promise<Film> {
  // Videos have even sides.
  const side = Math.min(largestPanel, Math.max(smallestPanel, look.height)) & ~1
  const panel = (picture: MarkedPicture) => panelOf(picture, side)
  const empty = blankImage(side, side, [0, 0, 0])
  const frame = besides([panel({ image: look }), empty, empty, panel(landmarks)])
  const video: VideoEncoder = await openMp4(frame.width, frame.height, framesPerSecond)
  return {
    add(left, right) {
      paste(frame, panel(left), side, 0)
      paste(frame, panel(right), 2 * side, 0)
      video.add(frame)
    },
    finish() {
      for (let i = 0; i < restSeconds * framesPerSecond; i++) video.add(frame)
      return video.finish()
    },
    abandon: video.abandon,
  }
}
