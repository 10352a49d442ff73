import type { Generator } from '../network/stylegan2/generator.ts'
import type { ExtraTerms, Networks } from './objective.ts'
import { analysisResolution } from './picture.ts'

/** A picture of so many times the side that the networks see is worth two graphs. */
const leastEnlargement = 4

/**
 * The networks with a generator that draws no more than they see; undefined where it hardly draws more anyway, and where a
 * term sees the whole picture.
 */
export function coarseNetworks(
  networks: Networks,
  { discriminator, identity }: ExtraTerms = {},
): Networks | undefined {
  const { generator } = networks
  const isNeeded = discriminator !== undefined || identity !== undefined
  if (isNeeded || generator.resolution < leastEnlargement * analysisResolution) return undefined
  return { ...networks, generator: coarseGenerator(generator, analysisResolution) }
}

/**
 * The generator up to the block of that resolution. What it draws is the picture that the further blocks enlarge and add to:
 * with their skip outputs (Karras et al. 2020, section 4.1) nearly the whole one in that size. It takes the latents and the
 * noise maps of the whole, so that a search can go on with the one from where the other has come; those of the further
 * blocks change nothing.
 */
function coarseGenerator(generator: Generator, resolution: number): Generator {
  return {
    ...generator,
    resolution,
    blocks: generator.blocks.filter((block) => block.resolution <= resolution),
  }
}
