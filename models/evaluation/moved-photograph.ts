import type { Face } from '../../src/engine/face/face.ts'
import { eyesDistance, meanPoint } from '../../src/engine/face/quad.ts'
import { type Size, turnedView, type View, viewImage } from '../../src/engine/face/view.ts'
import type { Image } from '../../src/engine/runtime.ts'

/** Where a camera is that moves about over a photograph: it sways, comes nearer, and leans. */
export interface Camera {
  /** Pixels between the eyes in the middle of the way. */
  readonly eyes: number
  /** Of the frames. */
  readonly size: Size
  /** Frames of one sway. */
  readonly period: number
}

/** What the camera shows in a frame: the face drifts by half of the eyes' distance, the size by a tenth, the lean by 0.15. */
export function cameraView(face: Pick<Face, 'points'>, { eyes, size, period }: Camera, frame: number): View {
  const apart = eyesDistance(face.points)
  const [x, y] = meanPoint(face.points, 0, 68)
  const phase = (2 * Math.PI * frame) / period
  const step = (apart / eyes) * (1 + 0.1 * Math.sin(0.7 * phase))
  return turnedView(
    x + 0.5 * apart * Math.sin(phase),
    y + 0.3 * apart * Math.sin(1.3 * phase),
    step,
    0.15 * Math.sin(0.9 * phase),
    size,
  )
}

export function cameraFrame(photograph: Image, view: View, size: Size): Image {
  return viewImage(photograph, view, size)
}

/** Where places of the photograph lie in what a view shows: n x (x, y). */
export function inView(points: ArrayLike<number>, { x, y, a, b }: View): Float32Array {
  const square = a * a + b * b
  return Float32Array.from({ length: points.length }, (_, i) => {
    const [dx, dy] = [points[i - (i % 2)]! - x, points[i - (i % 2) + 1]! - y]
    return (i % 2 === 0 ? dx * a + dy * b : dy * a - dx * b) / square
  })
}

/** Where places of a view lie in the photograph: n x (x, y). */
export function inPhotograph(points: ArrayLike<number>, { x, y, a, b }: View): Float32Array {
  return Float32Array.from({ length: points.length }, (_, i) => {
    const [u, v] = [points[i - (i % 2)]!, points[i - (i % 2) + 1]!]
    return i % 2 === 0 ? x + a * u - b * v : y + b * u + a * v
  })
}
