import type { Generator } from '../network/stylegan2/generator.ts'
import type { Runtime, SessionOptions } from '../runtime.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'
import { mapLatentBatch } from './latent-statistics.ts'
import { openStartFinder } from './nearest-start.ts'
import type { Parts } from './parts.ts'
import { MersenneTwister } from './randomness.ts'
import type { ProjectionSettings } from './settings.ts'

/**
 * Where a search begins: c + psi * (w - c), the truncation of Karras et al. (2019, appendix B), where w is the latent of
 * the face that the seed draws. c is the average latent, or one near the look's colours if the settings ask for that.
 *
 * @param parts where what finds it is opened
 * @param average [1, 1, w_dim]
 * @param colours the look's, [1, 3, 8, 8], 0..1
 * @returns [1, 1, w_dim]
 */
export async function firstLatent(
  parts: Parts,
  runtime: Runtime,
  generator: () => Promise<Generator>,
  { start, startTruncation: psi = 0, seed }: ProjectionSettings,
  average: FloatTensor,
  colours: FloatTensor,
  options?: SessionOptions,
): Promise<FloatTensor> {
  const finder = async () => openStartFinder(runtime, await generator(), options)
  const centre =
    start === 'nearest' ? await (await parts.get('start', finder)).nearest(average, colours) : average
  if (psi === 0) return centre
  const drawn = await generator()
  // Draws of their own: the noise and the jitter of a seed stay the same with any truncation.
  const z = floatTensor([1, drawn.zDim], new MersenneTwister(seed).normals(drawn.zDim))
  const { data } = await mapLatentBatch(runtime, drawn, z, options)
  return floatTensor(
    centre.shape,
    centre.data.map((c, i) => c + psi * (data[i]! - c)),
  )
}
