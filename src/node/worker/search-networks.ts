import type { Generator } from '../../engine/network/stylegan2/generator.ts'
import { type Parts, withParts } from '../../engine/projection/parts.ts'
import type { ExtraTermNumbers } from '../../engine/projection/terms.ts'
import type { ModelFiles } from '../models/files.ts'
import { type LoadedNetworks, loadNetworks } from './networks.ts'

/** The networks of a search, and what is known of them while nobody holds them. */
export interface SearchNetworks extends Pick<LoadedNetworks, 'hashes' | 'heatMapForm'> {
  /** Of the generator. */
  readonly form: Pick<Generator, 'resolution' | 'remarks'>
  /** Loads them and holds them for the next `take`. */
  load(): Promise<LoadedNetworks>
  /** Gives those away that are held, or others. */
  take(): Promise<LoadedNetworks>
}

/**
 * They are held at first if they had to be loaded to know of them. Throws MienError as `loadNetworks`.
 *
 * @param kept holds what is known, if that is to stay
 */
export async function openSearchNetworks(
  kept: Parts | undefined,
  models: ModelFiles,
  weights: ExtraTermNumbers,
): Promise<SearchNetworks> {
  let held: Promise<LoadedNetworks> | undefined
  function load(): Promise<LoadedNetworks> {
    held ??= loadNetworks(models, weights)
    return held
  }
  const known = await withParts(kept, (parts) => parts.get('known', async () => knownOf(await load())))
  return {
    ...known,
    load,
    take() {
      const taken = load()
      held = undefined
      return taken
    },
  }
}

function knownOf({ hashes, heatMapForm, networks }: LoadedNetworks) {
  const { resolution, remarks } = networks.generator
  return { hashes, heatMapForm, form: { resolution, remarks } }
}
