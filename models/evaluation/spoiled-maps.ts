import { drawnHeatMaps } from '../../src/engine/face/drawn-heat-maps.ts'
import { landmarkCount } from '../../src/engine/face/landmark-groups.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { type FloatTensor, floatTensor } from '../../src/engine/tensor.ts'

/** Deviation of the noise; a good map's peak is about 1. */
const noise = 0.1
/** What is left of a weakened map. */
const weakened = 0.2

/**
 * Heat maps [1, 68, 64, 64] of which `count` are wrong, as an extraction that failed may leave them: by turns noise
 * alone, a clean peak somewhere else, and a weak map under noise. The same seed spoils the same landmarks.
 */
export function spoiledMaps(
  { shape, data }: FloatTensor,
  count: number,
  deviation: number,
  seed: number,
): FloatTensor {
  const random = new MersenneTwister(seed)
  const order = random.normals(landmarkCount)
  const chosen = [...order.keys()].sort((a, b) => order[a]! - order[b]!).slice(0, count)
  const size = data.length / landmarkCount
  const spoiled = data.slice()
  chosen.forEach((landmark, turn) => {
    const own = data.subarray(landmark * size, (landmark + 1) * size)
    const grain = random.normals(size).map((draw) => noise * draw)
    const elsewhere = random.normals(2).map((draw) => Math.min(0.95, Math.max(0.05, 0.5 + 0.25 * draw)))
    const kinds = [
      () => grain,
      () => drawnHeatMaps(elsewhere, deviation).data,
      () => own.map((value, i) => weakened * value + grain[i]!),
    ]
    spoiled.set(kinds[turn % kinds.length]!(), landmark * size)
  })
  return floatTensor(shape, spoiled)
}
