import type { Generator } from '../network/stylegan2/generator.ts'
import type { Runtime, SessionOptions } from '../runtime.ts'
import { type FloatTensor, floatTensor, sizeOf } from '../tensor.ts'
import { mapLatentBatch } from './latent-statistics.ts'
import { signedPicture } from './picture.ts'
import { MersenneTwister } from './randomness.ts'
import type { TuningPair } from './tuning.ts'
import type { Locality } from './tuning-settings.ts'
import { openViewer } from './viewer.ts'

/**
 * Random latents near the first that is taught, each with what the generator draws of it, without noise: held to these, it
 * stays as it was there (locality regularisation, Roich et al. 2022, section 3.3). They lie on the way from that latent to
 * those that are mapped from random z. The same seed gives the same pairs.
 */
export async function localityPairs(
  runtime: Runtime,
  generator: Generator,
  taught: readonly TuningPair[],
  { latents: count, distance, share }: Locality,
  seed: number,
  options: SessionOptions = {},
): Promise<readonly TuningPair[]> {
  const { zDim, wDim, latentCount } = generator
  const pivot = taught[0]!.latent
  const shares = share * taught.reduce((sum, pair) => sum + pair.share, 0)
  const z = floatTensor([count, zDim], new MersenneTwister(seed).normals(count * zDim))
  const mapped = await mapLatentBatch(runtime, generator, z, options)
  // A latent that is the same for every layer lies as far away as all of its copies together.
  const length = distance / Math.sqrt(latentCount / pivot.shape[1]!)
  const places = generator.noise.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const noise = floatTensor([places], new Float32Array(places))
  const viewer = await openViewer(runtime, generator, pivot.shape, options)
  try {
    const pairs: TuningPair[] = []
    for (let n = 0; n < count; n++) {
      const latent = towards(pivot, mapped.data.subarray(n * wDim, (n + 1) * wDim), length)
      const picture = signedPicture(await viewer.see({ latent, noise }))
      pairs.push({ latent, picture, share: shares / count })
    }
    return pairs
  } finally {
    await viewer.dispose()
  }
}

/** The latent at that distance from `pivot`, in the direction of `end` in every layer. */
function towards(pivot: FloatTensor, end: Float32Array, distance: number): FloatTensor {
  const way = pivot.data.map((value, i) => end[i % end.length]! - value)
  const factor = distance / Math.hypot(...way)
  return floatTensor(
    pivot.shape,
    pivot.data.map((value, i) => value + factor * way[i]!),
  )
}
