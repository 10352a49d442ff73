import { constantNoise, flatNoise } from '../../../engine/projection/noise.ts'
import type { JobEvents, Jobs } from '../../engine/protocol.ts'
import { generatedPicture } from '../generated-picture.ts'
import { requireLatentShape } from '../latent-shape.ts'
import { loadGenerator, tellRemarks } from '../networks.ts'

/** The picture of a latent. */
export async function render(
  { generator: files, latent, noise, execution }: Jobs['render']['parameters'],
  events: Required<JobEvents>,
): Promise<Jobs['render']['outcome']> {
  events.stage('models')
  const { generator } = await loadGenerator(files)
  tellRemarks(files, generator, events)
  requireLatentShape(latent, generator)
  const flat = noise === undefined ? constantNoise(generator.noise) : flatNoise(generator.noise, noise)
  events.stage('graph')
  return { image: await generatedPicture(generator, latent, flat, execution) }
}
