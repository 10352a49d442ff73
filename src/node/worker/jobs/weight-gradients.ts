import { constantNoise, flatNoise, noiseByName } from '../../../engine/projection/noise.ts'
import { signedPicture } from '../../../engine/projection/picture.ts'
import { weightGradients } from '../../../engine/projection/weight-gradients.ts'
import type { JobEvents, Jobs } from '../../engine/protocol.ts'
import { chooseRuntime } from '../../runtime/devices.ts'
import { requireLatentShape } from '../latent-shape.ts'
import { loadGenerator, tellRemarks } from '../networks.ts'
import { decodeTargets, squareOf } from '../pictures.ts'

/** The gradients of the mean square by which the picture of a latent differs from the look. */
export async function weightGradientsJob(
  { generator: files, look, latent, noise, execution }: Jobs['weight-gradients']['parameters'],
  events: Required<JobEvents>,
): Promise<Jobs['weight-gradients']['outcome']> {
  const [picture] = await decodeTargets([look], events)
  events.stage('models')
  const { generator } = await loadGenerator(files)
  tellRemarks(files, generator, events)
  requireLatentShape(latent, generator)
  const flat = noise === undefined ? constantNoise(generator.noise) : flatNoise(generator.noise, noise)
  events.stage('graph')
  const runtime = await chooseRuntime(execution.provider)
  return weightGradients(
    runtime,
    generator,
    latent,
    noiseByName(generator.noise, flat),
    signedPicture(squareOf(picture!, generator.resolution)),
    execution.threads === undefined ? {} : { threads: execution.threads },
  )
}
