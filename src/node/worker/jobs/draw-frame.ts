import { seenSquare } from '../../../engine/animation/seen-square.ts'
import type { Generator } from '../../../engine/network/stylegan2/generator.ts'
import { flatNoise } from '../../../engine/projection/noise.ts'
import { openViewer, type Viewer } from '../../../engine/projection/viewer.ts'
import type { FloatTensor } from '../../../engine/tensor.ts'
import { boundedCache } from '../../../shared/bounded-cache.ts'
import type { DrawFrameOutcome, DrawFrameParameters } from '../../engine/film-frame-messages.ts'
import { onnxRuntime } from '../../runtime/onnx-runtime.ts'
import { encodePicture } from '../../runtime/sharp-codec.ts'
import { requireLatentShape } from '../latent-shape.ts'
import { loadGenerator } from '../networks.ts'

/** What draws the frames of one film, loaded. */
interface Painter {
  readonly generator: Generator
  readonly viewer: Viewer
}

/** That of the film that was looked at last: the next frame is asked for at once. */
let held: { readonly key: string; readonly painter: Promise<Painter> } | undefined

/** Noise maps of films, all in one row: one is looked at, and perhaps another beside it. */
const heldNoise = boundedCache<FloatTensor>(48 * 2 ** 20, ({ data }) => data.byteLength)

/** Draws one frame of a film; see `openViewer`. Throws MienError as `loadGenerator` does, and 'mismatch' for a latent of another one. */
export async function drawFrame({
  generator: files,
  latent,
  noise,
  encoding,
  size,
  view,
}: DrawFrameParameters): Promise<DrawFrameOutcome> {
  const { generator, viewer } = await painterOf(files, latent)
  const maps = heldNoise.get(noise.sha256) ?? (noise.maps && flatNoise(generator.noise, noise.maps))
  if (maps === undefined) return { missing: [noise.sha256] }
  heldNoise.set(noise.sha256, maps)
  const image = await viewer.see({ latent, noise: maps })
  return { file: await encodePicture(seenSquare(image, view), encoding, size) }
}

async function painterOf(
  files: DrawFrameParameters['generator'],
  latent: DrawFrameParameters['latent'],
): Promise<Painter> {
  const key = JSON.stringify([files, latent.shape])
  if (held?.key === key) return held.painter
  const before = held
  const own = { key, painter: load(files, latent) }
  held = own
  own.painter.catch(() => {
    if (held === own) held = undefined
  })
  await before?.painter.then(({ viewer }) => viewer.dispose()).catch(() => undefined)
  return own.painter
}

async function load(
  files: DrawFrameParameters['generator'],
  latent: DrawFrameParameters['latent'],
): Promise<Painter> {
  const { generator } = await loadGenerator(files)
  requireLatentShape(latent, generator)
  // Single pictures, which must not take the device from a search that is under way.
  return { generator, viewer: await openViewer(onnxRuntime('cpu'), generator, latent.shape) }
}
