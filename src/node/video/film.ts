import { blankImage, paste } from '../../engine/picture/drawing.ts'
import type { Image, PictureSize } from '../../engine/runtime.ts'
import { openMp4 } from './mp4.ts'
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
export const restSeconds = 1

/** Frames of the way of a projection, between the two pictures that do not change: look | left | right | landmarks. */
export interface FilmRow {
  readonly size: PictureSize
  /** The frame with these two; the next one takes its place. */
  with(left: MarkedPicture, right: MarkedPicture): Image
}

/** Panels have about the look's size. */
export function filmRow(look: Image, landmarks: MarkedPicture): FilmRow {
  // Videos have even sides.
  const side = Math.min(largestPanel, Math.max(smallestPanel, look.height)) & ~1
  const panel = (picture: MarkedPicture) => panelOf(picture, side)
  const empty = blankImage(side, side, [0, 0, 0])
  const frame = besides([panel({ image: look }), empty, empty, panel(landmarks)])
  return {
    size: { width: frame.width, height: frame.height },
    with(left, right) {
      paste(frame, panel(left), side, 0)
      paste(frame, panel(right), 2 * side, 0)
      return frame
    },
  }
}

/** The way of a projection that goes on. */
export interface Film {
  add(left: MarkedPicture, right: MarkedPicture): void
  /** The bytes of the MP4. */
  finish(): Uint8Array
}

/** Starts a film whose frames are encoded as they come. */
export async function openFilm(look: Image, landmarks: MarkedPicture): Promise<Film> {
  const row = filmRow(look, landmarks)
  const video = await openMp4(row.size.width, row.size.height, mostFramesPerSecond)
  let last: Image | undefined
  return {
    add(left, right) {
      last = row.with(left, right)
      video.add(last)
    },
    finish() {
      for (let i = 0; last !== undefined && i < restSeconds * mostFramesPerSecond; i++) video.add(last)
      return video.finish()
    },
  }
}
