import type { Generator } from './generator.ts'

/**
 * The generator up to the block of that resolution. What it draws is the picture that the further blocks enlarge and add to:
 * with their skip outputs (Karras et al. 2020, section 4.1) nearly the whole one in that size. It takes the latents and the
 * noise maps of the whole, so that a search can go on with the one from where the other has come; those of the further
 * blocks change nothing.
 */
export function coarseGenerator(generator: Generator, resolution: number): Generator {
  return {
    ...generator,
    resolution,
    blocks: generator.blocks.filter((block) => block.resolution <= resolution),
  }
}
