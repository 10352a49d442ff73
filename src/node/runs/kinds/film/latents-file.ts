import { type FloatTensor, floatTensor } from '../../../../engine/tensor.ts'
import { npzBytes } from '../../../host/array-files.ts'

/**
 * The latents of a film's frames as an npz file: `w` [frames, num_ws, w_dim], as NVIDIA's scripts take them, also of W. A generator has
 * one latent more than noise maps (Karras et al. 2020, figure 7): that of its last colours.
 *
 * @param latents [1, 1, w_dim] or [1, num_ws, w_dim] each
 */
export function latentsBytes(
  latents: readonly FloatTensor[],
  noise: Readonly<Record<string, FloatTensor>>,
): Uint8Array {
  const rows = Object.keys(noise).length + 1
  const [, , wDim] = latents[0]!.shape as [number, number, number]
  const all = new Float32Array(latents.length * rows * wDim)
  latents.forEach(({ data }, frame) => {
    for (let row = 0; row < rows; row++) {
      const from = data.length === wDim ? 0 : row * wDim
      all.set(data.subarray(from, from + wDim), (frame * rows + row) * wDim)
    }
  })
  return npzBytes({ w: floatTensor([latents.length, rows, wDim], all) })
}
