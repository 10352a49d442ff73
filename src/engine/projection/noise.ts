import { MienError } from '../errors.ts'
import type { NoiseMap } from '../network/stylegan2/generator.ts'
import { type FloatTensor, floatTensor, joined, sizeOf } from '../tensor.ts'
import type { Randomness } from './randomness.ts'

/** Standard normal noise for all maps, flat, drawn map by map. */
export function drawNoise(maps: readonly NoiseMap[], random: Randomness): FloatTensor {
  const parts = maps.map(({ shape }) => random.normals(sizeOf(shape)))
  return joined(parts)
}

/** The noise that the checkpoint keeps, flat. */
export function constantNoise(maps: readonly NoiseMap[]): FloatTensor {
  return joined(maps.map((map) => map.constant.data))
}

/** The flat noise as the maps by their buffers' names. */
export function noiseByName(maps: readonly NoiseMap[], flat: FloatTensor): Record<string, FloatTensor> {
  let end = 0
  return Object.fromEntries(
    maps.map(({ name, shape }) => {
      const start = end
      end += sizeOf(shape)
      return [name, floatTensor(shape, flat.data.slice(start, end))]
    }),
  )
}

/** The reverse; throws MienError 'mismatch' for a map that is missing or of another shape. */
export function flatNoise(
  maps: readonly NoiseMap[],
  named: Readonly<Record<string, FloatTensor>>,
): FloatTensor {
  return joined(
    maps.map(({ name, shape }) => {
      const map = named[name]
      if (map?.data.length !== sizeOf(shape)) {
        const found = map === undefined ? 'is missing' : `is [${map.shape.join(', ')}]`
        throw new MienError(
          'mismatch',
          `The noise "${name}" ${found}; the generator needs [${shape.join(', ')}].`,
          { name },
        )
      }
      return map.data
    }),
  )
}
