import { MienError } from '../../engine/errors.ts'
import type { Generator } from '../../engine/network/stylegan2/generator.ts'
import type { FloatTensor } from '../../engine/tensor.ts'

/** Throws MienError 'mismatch' unless the latent is [1, 1, w_dim] or [1, num_ws, w_dim] of that generator. */
export function requireLatentShape({ shape }: FloatTensor, { wDim, latentCount }: Generator): void {
  const [batch, rows, width] = shape
  if (shape.length === 3 && batch === 1 && (rows === 1 || rows === latentCount) && width === wDim) return
  throw new MienError(
    'mismatch',
    `A latent of shape [${shape.join(', ')}] does not fit this generator, which takes ` +
      `[1, 1, ${wDim}] or [1, ${latentCount}, ${wDim}].`,
    { name: 'w', hint: 'Give the generator that the latent was made with.' },
  )
}
