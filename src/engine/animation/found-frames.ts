import type { FloatTensor } from '../tensor.ts'
import type { AnimationEnd, AskedFrame, FilmHooks } from './film-hooks.ts'
import type { FilmSight } from './film-sight.ts'
import type { FirstFrame } from './first-frame.ts'
import { frameError } from './frame-targets.ts'

/**
 * Finds frames in the order in which they are asked for, looks at each and tells of it.
 *
 * @param find gives the latent of a frame
 */
export async function findFrames<F extends AskedFrame>(
  first: FirstFrame,
  frames: Iterable<F>,
  sight: Pick<FilmSight, 'look'>,
  hooks: FilmHooks,
  find: (frame: F) => Promise<FloatTensor>,
): Promise<AnimationEnd> {
  let count = 0
  for (const frame of frames) {
    await hooks.whilePaused?.()
    if (hooks.shouldStop?.()) return { first, count, stopped: true }
    const { index, target } = frame
    const latent = await find(frame)
    const { image, points } = await sight.look(latent)
    count++
    await hooks.onFrame?.({ index, latent, image, error: frameError(points, target) })
  }
  return { first, count, stopped: false }
}
