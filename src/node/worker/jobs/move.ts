import { resizeLanczos } from '../../../engine/picture/lanczos.ts'
import { type LandmarkSight, openLandmarkSight } from '../../../engine/projection/landmark-sight.ts'
import { movedLatent } from '../../../engine/projection/movement.ts'
import { constantNoise } from '../../../engine/projection/noise.ts'
import { inEveryLayer } from '../../../engine/projection/projection.ts'
import { openViewer, type Viewer } from '../../../engine/projection/viewer.ts'
import type { FloatTensor } from '../../../engine/tensor.ts'
import type { Jobs } from '../../engine/protocol.ts'
import { onnxRuntime } from '../../runtime/onnx-runtime.ts'
import { encodePicture } from '../../runtime/sharp-codec.ts'
import { requireLatentShape } from '../latent-shape.ts'
import { withModelFiles } from '../model-files.ts'
import { landmarkNetworkIn, loadGenerator } from '../networks.ts'

/** What moves one face, loaded. */
interface Mover {
  readonly sight: LandmarkSight
  readonly viewer: Viewer
  /** Of the tuned generator. */
  readonly noise: FloatTensor
  readonly latentCount: number
}

/** That of the face that was moved last: a slider asks again and again. */
let held: Promise<Mover> | undefined
let heldKey: string | undefined

/** Draws the taught face with its landmarks elsewhere. Throws MienError 'mismatch' for a movement of another generator. */
export async function moveJob(parameters: Jobs['move']['parameters']): Promise<Jobs['move']['outcome']> {
  const { movement, aim, encoding, side } = parameters
  const { sight, viewer, noise, latentCount } = await moverOf(parameters)
  const latent = await movedLatent(movement, sight.see, aim)
  const image = await viewer.see({ latent, noise })
  const sized = side === undefined || side === image.width ? image : resizeLanczos(image, side, side)
  return { file: await encodePicture(sized, encoding), latent: inEveryLayer(latent, latentCount) }
}

async function moverOf(parameters: Jobs['move']['parameters']): Promise<Mover> {
  const key = JSON.stringify([parameters.tuned, parameters.models, parameters.movement.own.shape])
  if (held !== undefined && heldKey === key) return held
  const before = held
  heldKey = key
  held = load(parameters)
  held.catch(() => {
    if (heldKey === key) held = undefined
  })
  await before
    ?.then(({ sight, viewer }) => Promise.all([sight.dispose(), viewer.dispose()]))
    .catch(() => undefined)
  return held
}

async function load({ tuned, models, movement }: Jobs['move']['parameters']): Promise<Mover> {
  const { generator } = await loadGenerator(models.generator)
  const drawing = (await loadGenerator(tuned)).generator
  for (const one of [generator, drawing]) requireLatentShape(movement.own, one)
  const landmarks = await withModelFiles(models.landmarks, landmarkNetworkIn)
  // Single pictures, which must not take the device from a search that is under way.
  const runtime = onnxRuntime('cpu')
  const sight = await openLandmarkSight(runtime, { generator, landmarks }, movement.own.shape)
  const viewer = await openViewer(runtime, drawing, movement.own.shape)
  return { sight, viewer, noise: constantNoise(drawing.noise), latentCount: drawing.latentCount }
}
