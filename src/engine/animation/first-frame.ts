import { MienError } from '../errors.ts'
import { drawnHeatMaps } from '../face/drawn-heat-maps.ts'
import type { Networks } from '../projection/objective.ts'
import { type ProjectionHooks, project } from '../projection/projection.ts'
import type { ProjectionSettings } from '../projection/settings.ts'
import type { TargetSquares } from '../projection/targets.ts'
import type { Image, Runtime, SessionOptions } from '../runtime.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'

/** Whose film it is. */
export interface AnimatedLook {
  /** A square of the generator's resolution. */
  readonly image: Image
  /** Its landmarks where they are known: 68 x (x, y), fractions of the square. */
  readonly lookPoints?: ArrayLike<number> | undefined
  /** Of the landmark network's Gaussians, in cells. */
  readonly deviation: number
}

/** What a still search found for one frame, from which all are reached. */
export interface FirstFrame {
  /** [1, 1, w_dim] in W, [1, latentCount, w_dim] in W+. */
  readonly latent: FloatTensor
  /** The maps of all frames, [H, W] by the names of the buffers. */
  readonly noise: Readonly<Record<string, FloatTensor>>
}

export interface FirstFrameSetup {
  readonly runtime: Runtime
  /** Loads the networks; see `ProjectionSetup`. */
  readonly networks: () => Promise<Networks>
  readonly look: AnimatedLook
  /** Landmarks that it aims at: 68 x (x, y), fractions of the square. */
  readonly firstTarget: ArrayLike<number>
  /** A live search is made as one that is not. */
  readonly settings: ProjectionSettings
  readonly options?: SessionOptions
}

/** Searches for a frame as a still. Throws MienError 'stopped' where it was stopped. */
export async function searchFirstFrame(
  { runtime, networks, look, firstTarget, settings, options }: FirstFrameSetup,
  hooks: ProjectionHooks,
): Promise<FirstFrame> {
  const { latent, noise, ...rest } = await project(
    {
      ...{ runtime, networks, settings: { ...settings, live: false } },
      pictures: { ...firstSquares(look, firstTarget), named: async () => undefined },
      ...(options && { options }),
    },
    hooks,
  )
  if (rest.stopped) throw new MienError('stopped', 'Stopped before the first frame was found.')
  const [, count, wDim] = latent.shape as [number, number, number]
  const rows = settings.space === 'w' ? 1 : count
  return { latent: floatTensor([1, rows, wDim], latent.data.slice(0, rows * wDim)), noise }
}

/** What the first frame aims at, before networks see it. */
export function firstSquares(
  { image, deviation, lookPoints }: AnimatedLook,
  target: ArrayLike<number>,
): TargetSquares {
  return {
    ...{ look: image, landmarks: image, deviation },
    drawnMaps: drawnHeatMaps(target, deviation),
    ...(lookPoints && { lookPoints }),
  }
}
