import type { Raster } from './raster.ts'

/** Sweeps of the relaxation; what is left of an error then is less than a step of 8 bits. */
const sweeps = 120

/**
 * Spreads what is known at the places around a region into it, softly, as a membrane that is held at its edge (Perez et
 * al. 2003, "Poisson image editing"), and pulled to zero within, so that a mouth's teeth do not take the colour of lips.
 *
 * @param raster values to spread; those of inner places are overwritten
 * @param isInner one for each place, row by row; places at the raster's rim are never inner
 * @param reach how far the edge is felt, in steps of the raster
 */
export function spreadInwards(raster: Raster, isInner: ArrayLike<number>, reach: number): void {
  const { columns, rows, channels, values } = raster
  const pull = 1 / reach ** 2
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (let row = 1; row < rows - 1; row++) {
      for (let column = 1; column < columns - 1; column++) {
        const place = row * columns + column
        if (isInner[place] !== 1) continue
        for (let c = 0; c < channels; c++) {
          const at = place * channels + c
          const around =
            values[at - channels]! +
            values[at + channels]! +
            values[at - columns * channels]! +
            values[at + columns * channels]!
          values[at] = around / (4 + pull)
        }
      }
    }
  }
}
