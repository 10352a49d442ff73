import { landmarkGroups } from '../face/landmark-groups.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'

/** The features of a face; the jaw is its shape, which belongs to the look. */
const innerPoints = landmarkGroups
  .filter(({ name }) => name !== 'jaw')
  .flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i))

/** Of the Gaussians, in widths of the picture: an aligned face's eye is about 0.1 wide, and its points half as far apart. */
const deviation = 0.03

/**
 * How much a tap's differences count where landmarks lie: 1 minus `strength` at the landmarks inside the face, 1 far
 * from them, so that the look's expression does not speak against that of the landmarks.
 *
 * @param faces each 68 x (x, y) as fractions of the picture's width and height
 * @param size [height, width] of the tap in cells
 * @param strength 0..1
 * @returns [1, 1, height, width]
 */
export function landmarkMask(
  faces: readonly ArrayLike<number>[],
  [height, width]: readonly [number, number],
  strength: number,
): FloatTensor {
  const nearest = new Float32Array(height * width)
  for (const points of faces) {
    for (const point of innerPoints) {
      const across = bell(points[2 * point]!, width)
      const down = bell(points[2 * point + 1]!, height)
      for (let row = 0; row < height; row++) {
        if (down[row]! < least) continue
        for (let column = 0, cell = row * width; column < width; column++, cell++) {
          const here = down[row]! * across[column]!
          if (here > nearest[cell]!) nearest[cell] = here
        }
      }
    }
  }
  return floatTensor(
    [1, 1, height, width],
    nearest.map((value) => 1 - strength * value),
  )
}

/** The mask of each tap whose look's features are given. */
export function landmarkMasks(
  faces: readonly ArrayLike<number>[],
  features: readonly FloatTensor[],
  strength: number,
): readonly FloatTensor[] {
  return features.map(({ shape }) => landmarkMask(faces, [shape[2]!, shape[3]!], strength))
}

/** Less than this takes nothing from 1 in float32. */
const least = 2 ** -26

/** A Gaussian over the centres of cells, no narrower than they are. */
function bell(centre: number, cells: number): Float32Array {
  const spread = Math.max(deviation, 1 / cells)
  return Float32Array.from({ length: cells }, (_, i) =>
    Math.exp(-0.5 * (((i + 0.5) / cells - centre) / spread) ** 2),
  )
}
