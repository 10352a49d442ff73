import { seenSquare } from '../../engine/animation/seen-square.ts'
import { pointsInQuad, type Quad, quadInSize } from '../../engine/face/quad.ts'
import { openPhotographFilm, type PhotographFrame } from '../../engine/likeness/photograph-film.ts'
import { type Portrait, wholeQuad } from '../../engine/likeness/portrait.ts'
import { resizeLanczos } from '../../engine/picture/lanczos.ts'
import { flatNoise } from '../../engine/projection/noise.ts'
import { openViewer } from '../../engine/projection/viewer.ts'
import type { Image, PictureSize } from '../../engine/runtime.ts'
import type { RememberedFace } from '../engine/likeness-messages.ts'
import type { FilmMoment, FilmPainter } from '../engine/write-film-messages.ts'
import { chooseRuntime } from '../runtime/devices.ts'
import { quicklyResized } from '../runtime/sharp-codec.ts'
import { fittedSize } from '../video/panels.ts'
import { requireLatentShape } from './latent-shape.ts'
import { lookPortrait } from './look-portrait.ts'
import { loadGenerator } from './networks.ts'
import { giverPortrait } from './photograph-films.ts'

/** Draws the frames of a film. */
export interface OpenPainter {
  /** Of a frame. */
  readonly size: PictureSize
  /** The aligned square in it. */
  readonly quad: Quad
  paint(moment: FilmMoment): Promise<PhotographFrame>
  dispose(): Promise<void>
}

type Painting<K extends FilmPainter['kind']> = Extract<FilmPainter, { kind: K }>

/** @param image the look's picture */
export async function openPhotographPainter(
  { mode, form, size }: Painting<'photograph'>,
  look: RememberedFace,
  image: Image,
): Promise<OpenPainter> {
  const portrait =
    form === 'square' ? await lookPortrait(look, image, form, size) : await fittedPortrait(look, image, size)
  const film = openPhotographFilm(portrait, mode)
  return {
    size: portrait.image,
    quad: portrait.quad,
    async paint({ target, giver }) {
      return film.frame(target, giver && (await giverPortrait(giver)))
    },
    dispose: async () => undefined,
  }
}

/** The whole photograph with its face, its longer side no longer than `size`. */
async function fittedPortrait(
  { quad, points }: RememberedFace,
  image: Image,
  size: number | undefined,
): Promise<Portrait> {
  const inSquare = pointsInQuad(points, quad)
  const fitted = fittedSize(image, size)
  if (fitted.width === image.width && fitted.height === image.height) return { image, quad, points: inSquare }
  const small = await quicklyResized(image, fitted)
  return { image: small, quad: quadInSize(quad, image, small), points: inSquare }
}

/** Throws MienError as `loadGenerator` does. */
export async function openDrawnPainter({
  generator: files,
  noise,
  execution,
  size,
}: Painting<'drawn'>): Promise<OpenPainter> {
  const { generator } = await loadGenerator(files)
  const side = size ?? generator.resolution
  const maps = flatNoise(generator.noise, noise)
  const runtime = await chooseRuntime(execution.provider)
  const options = execution.threads === undefined ? {} : { threads: execution.threads }
  let viewer: ReturnType<typeof openViewer> | undefined
  return {
    size: { width: side, height: side },
    quad: wholeQuad(side),
    async paint({ target, latent, view }) {
      if (latent === undefined) throw new Error('a frame that is drawn came without its latent')
      requireLatentShape(latent, generator)
      viewer ??= openViewer(runtime, generator, latent.shape, options)
      const drawn = await (await viewer).see({ latent, noise: maps })
      const seen = seenSquare(drawn, view)
      const image = seen.width === side ? seen : resizeLanczos(seen, side, side)
      return { image, points: view === undefined ? target : pointsInQuad(target, view), warnings: [] }
    },
    dispose: async () => (await viewer)?.dispose(),
  }
}
