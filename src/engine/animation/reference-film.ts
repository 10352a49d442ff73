import { type ProjectionSettings, referenceSettings } from '../projection/settings.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'

/** How the reference searches the first frame of a film. */
export const referenceFilmSettings: ProjectionSettings = { ...referenceSettings, space: 'w+' }

/** A latent halfway between those of two frames, which the reference shows between them. */
export function latentBetween({ shape, data }: FloatTensor, after: FloatTensor): FloatTensor {
  return floatTensor(
    shape,
    data.map((value, i) => (value + after.data[i]!) / 2),
  )
}
