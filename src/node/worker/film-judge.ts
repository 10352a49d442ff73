import { alignedImage } from '../../engine/face/alignment.ts'
import { openLandmarkDetection } from '../../engine/face/landmark-detection.ts'
import { eyesDistance, type Quad } from '../../engine/face/quad.ts'
import { innerDistance, innerStart } from '../../engine/likeness/inner-landmarks.ts'
import { descriptorDistance, openFaceDescriber } from '../../engine/projection/identity.ts'
import type { Image } from '../../engine/runtime.ts'
import type { FloatTensor } from '../../engine/tensor.ts'
import { placeOfFace } from '../../engine/track/face-place.ts'
import type { FilmFigures } from '../engine/write-film-messages.ts'
import { onnxRuntime } from '../runtime/onnx-runtime.ts'
import { loadFaceNetworks, loadFaceRecognition } from './face-networks.ts'

/** The side in which faces are read. */
const side = 256

/** Sees how near the frames of a film come, one after the other. */
export interface FilmJudge {
  /**
   * @param quad the aligned square in the frame
   * @param target 68 x (x, y), fractions of that
   */
  see(frame: Image, quad: Quad, target: Float32Array): Promise<void>
  /** Of all that was seen. */
  figures(): FilmFigures
  dispose(): Promise<void>
}

/**
 * Loads face-api's landmark and recognition networks; on the processor, so that figures are the same on every machine.
 *
 * @param look the look's square, and its landmarks as fractions of it
 */
export async function openFilmJudge(look: {
  readonly image: Image
  readonly points: ArrayLike<number>
}): Promise<FilmJudge> {
  const runtime = onnxRuntime('cpu')
  const location = await openLandmarkDetection(runtime, (await loadFaceNetworks()).landmarks)
  const describer = await openFaceDescriber(runtime, await loadFaceRecognition(), side)
  const known: FloatTensor = await describer.describe(look.image, look.points)
  const [errors, jitters, identities]: [number[], number[], number[]] = [[], [], []]
  let [before, last]: [Float32Array?, Float32Array?] = []
  return {
    async see(frame, quad, target) {
      const square = alignedImage(frame, quad, side, 1)
      const { box, angle } = placeOfFace(target.map((fraction) => fraction * side))
      const found = (await location.lookAround(square, box, angle)).points.map((pixel) => pixel / side)
      const off = found.map((value, i) => (value - target[i]!) / eyesDistance(target))
      errors.push(innerDistance(found, target))
      identities.push(descriptorDistance(await describer.describe(square, found), known))
      if (before !== undefined && last !== undefined) jitters.push(secondDifference(before, last, off))
      before = last
      last = off
    },
    figures: () => ({ error: mean(errors), jitter: mean(jitters), identity: mean(identities) }),
    async dispose() {
      await location.dispose()
      await describer.dispose()
    },
  }
}

/** The mean over the inner landmarks. */
function secondDifference(before: Float32Array, at: Float32Array, after: Float32Array): number {
  let sum = 0
  for (let k = 2 * innerStart; k < at.length; k += 2) {
    const [x, y] = [0, 1].map((axis) => after[k + axis]! - 2 * at[k + axis]! + before[k + axis]!)
    sum += Math.hypot(x!, y!)
  }
  return sum / (at.length / 2 - innerStart)
}

/** 0 of none. */
function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}
