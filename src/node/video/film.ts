import { blankImage, paste, withLandmarks } from '../../engine/picture/drawing.ts'
import { resizeLanczos } from '../../engine/picture/lanczos.ts'
import type { Image } from '../../engine/runtime.ts'
import { openMp4, type VideoEncoder } from './mp4.ts'

/** Frames beyond this would make the film long, not better. */
export const mostFrames = 300

/** Panels are no smaller, so that landmarks can be told apart, and no larger, so that four still play everywhere. */
const smallestPanel = 256
const largestPanel = 512

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

/** The two pictures that do not change. */
export interface FilmTargets {
  readonly look: Image
  readonly landmarks: Image
  /** In pixels of the landmark picture. */
  readonly landmarkPoints: Float32Array | undefined
}

/** The way of a projection: look | projection | projection with landmarks | target with landmarks. */
export interface Film {
  /** With its points in pixels, where they are known. */
  add(image: Image, points: Float32Array | undefined): void
  /** The bytes of the MP4. */
  finish(): Uint8Array
}

/** Starts a film; frames are encoded as they come. */
export async function openFilm(
  { look, landmarks, landmarkPoints }: FilmTargets,
  framesPerSecond = mostFramesPerSecond,
): Promise<Film> {
  const side = Math.min(largestPanel, Math.max(smallestPanel, look.height))
  const scaled = (image: Image) => resizeLanczos(image, side, side)
  const marked = (image: Image, points: Float32Array | undefined) =>
    points === undefined
      ? scaled(image)
      : withLandmarks(
          scaled(image),
          points.map((coordinate) => (coordinate * side) / image.height),
        )
  const frame = blankImage(4 * side, side, [0, 0, 0])
  paste(frame, scaled(look), 0, 0)
  paste(frame, marked(landmarks, landmarkPoints), 3 * side, 0)
  const video: VideoEncoder = await openMp4(frame.width, frame.height, framesPerSecond)
  return {
    add(image, points) {
      paste(frame, scaled(image), side, 0)
      paste(frame, marked(image, points), 2 * side, 0)
      video.add(frame)
    },
    finish() {
      for (let i = 0; i < restSeconds * framesPerSecond; i++) video.add(frame)
      return video.finish()
    },
  }
}
