import { createBuilder } from '../graph/builder.ts'
import { serialise } from '../graph/onnx.ts'
import { type Generator, synthesise } from '../network/stylegan2/generator.ts'
import type { Runtime, SessionOptions } from '../runtime.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'
import { coarseColours, grid } from './coarse-colours.ts'
import { mapLatentBatch, statisticsDraws } from './latent-statistics.ts'
import { toLevels } from './picture.ts'

/** Side of the pictures that are compared: the generator's first block draws them, at a tenth of the cost of the first two. */
const smallest = 4

/** Latents that are looked at. */
const samples = 500

/** The average of so many has what they share with the look, and little of the rest: pose, expression, beard, glasses. */
const kept = 8

/** How far from the average latent to the nearest ones: there is less of that rest, and as much of the colours as it takes. */
const part = 0.5

/** Finds latents to begin with. */
export interface StartFinder {
  /**
   * @param average [1, 1, w_dim]
   * @param colours the look's, [1, 3, 8, 8], 0..1
   * @returns [1, 1, w_dim]
   */
  nearest(average: FloatTensor, colours: FloatTensor): Promise<FloatTensor>
  dispose(): Promise<void>
}

/**
 * Finds a latent to begin with that already has something of the look's colours where the look has them: on the way from the
 * average latent to that of the nearest among random faces. Their coarse colours come from the generator's first block, whose
 * picture is the whole picture in small (Karras et al. 2020, figure 8).
 */
export async function openStartFinder(
  runtime: Runtime,
  generator: Generator,
  options?: SessionOptions,
): Promise<StartFinder> {
  const { wDim } = generator
  const { data } = await mapLatentBatch(runtime, generator, statisticsDraws(generator, samples), options)
  const latentAt = (index: number) => data.subarray(index * wDim, (index + 1) * wDim)
  const b = createBuilder()
  const small = { ...generator, blocks: generator.blocks.filter(({ resolution }) => resolution <= smallest) }
  const picture = toLevels(b, synthesise(b, small, b.input('latent', [1, 1, wDim]), undefined))
  const seen = coarseColours(b, b.upsample(picture, { size: grid / smallest }))
  const session = await runtime.load(serialise({ colours: seen }), options)
  return {
    async nearest(average, colours) {
      const ranked: { readonly index: number; readonly distance: number }[] = []
      for (let index = 0; index < samples; index++) {
        const drawn = await session.run({ latent: floatTensor([1, 1, wDim], latentAt(index)) })
        ranked.push({ index, distance: distanceOf((drawn.colours as FloatTensor).data, colours.data) })
      }
      ranked.sort((x, y) => x.distance - y.distance)
      const near = new Float32Array(average.data)
      for (const { index } of ranked.slice(0, kept)) {
        latentAt(index).forEach((x, i) => {
          near[i]! += (part * (x - average.data[i]!)) / kept
        })
      }
      return floatTensor([1, 1, wDim], near)
    },
    dispose: () => session.dispose(),
  }
}

function distanceOf(x: Float32Array, y: Float32Array): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += (x[i]! - y[i]!) ** 2
  return sum
}
