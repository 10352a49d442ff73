import { MienError } from '../../../engine/errors.ts'
import { foundBy } from '../../../engine/projection/average.ts'
import { noiseByName } from '../../../engine/projection/noise.ts'
import { inEveryLayer } from '../../../engine/projection/projection.ts'
import { readSnapshot } from '../../../engine/projection/snapshot.ts'
import { sizeOf } from '../../../engine/tensor.ts'
import type { Jobs } from '../../engine/protocol.ts'
import { generatedPicture } from '../generated-picture.ts'
import { requireLatentShape } from '../latent-shape.ts'
import { loadGenerator } from '../networks.ts'

/**
 * What a search had found when a snapshot of it was taken. Throws MienError 'bad-file' for a damaged snapshot, 'mismatch'
 * for one of another generator.
 */
export async function snapshotResult({
  generator: files,
  snapshot,
}: Jobs['snapshot-result']['parameters']): Promise<Jobs['snapshot-result']['outcome']> {
  const { projection, average } = readSnapshot(snapshot, 'snapshot')
  const { generator } = await loadGenerator(files)
  requireLatentShape(projection.latent.parameter, generator)
  if (
    projection.noise.parameter.data.length !==
    generator.noise.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  ) {
    throw new MienError('mismatch', 'The snapshot belongs to a run with another generator.', {
      hint: 'Put back the model that the run began with.',
    })
  }
  const { latent, noise } = foundBy(projection, average, generator.noise)
  const every = inEveryLayer(latent, generator.latentCount)
  return {
    latent: every,
    noise: noiseByName(generator.noise, noise),
    // A single picture, which must not take the device from a search that is under way.
    image: await generatedPicture(generator, every, noise, { provider: 'cpu' }),
  }
}
