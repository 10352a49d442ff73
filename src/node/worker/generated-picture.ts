import type { Generator } from '../../engine/network/stylegan2/generator.ts'
import { openViewer } from '../../engine/projection/viewer.ts'
import type { Image } from '../../engine/runtime.ts'
import type { FloatTensor } from '../../engine/tensor.ts'
import type { Execution } from '../engine/execution.ts'
import { chooseRuntime } from '../runtime/devices.ts'

/** What the generator draws of a latent with these noise maps, which lie in one row. */
export async function generatedPicture(
  generator: Generator,
  latent: FloatTensor,
  noise: FloatTensor,
  { provider, threads }: Execution,
): Promise<Image> {
  const options = threads === undefined ? {} : { threads }
  const viewer = await openViewer(await chooseRuntime(provider), generator, latent.shape, options)
  try {
    return await viewer.see({ latent, noise })
  } finally {
    await viewer.dispose()
  }
}
