import type { Box, Face } from '../face/face.ts'
import type { Image } from '../runtime.ts'
import type { FloatTensor } from '../tensor.ts'

/** What networks see of a face in a frame. */
export interface FaceSight {
  /**
   * Its faces that `look` knows, too, the largest first: large ones that stand upright, or thoroughly, which takes many times
   * as long, also small ones and those that lie.
   */
  find(image: Image, thoroughly: boolean): Promise<readonly Face[]>
  /**
   * The landmarks of the face that a box holds, turned clockwise by so many radians: 68 x (x, y) in pixels of the frame;
   * undefined where it holds none.
   */
  look(image: Image, box: Box, angle: number): Promise<Float32Array | undefined>
  /** Whose face that is: see `descriptorDistance`. */
  describe(image: Image, points: Float32Array): Promise<FloatTensor>
}
