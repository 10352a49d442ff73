import { describe, expect, test } from 'vitest'
import { heldOutPairs } from '../../models/evaluation/held-out.ts'
import { createBuilder } from '../../src/engine/graph/builder.ts'
import { serialise } from '../../src/engine/graph/onnx.ts'
import { synthesise } from '../../src/engine/network/stylegan2/generator.ts'
import { coarseColours, colourDistance } from '../../src/engine/projection/coarse-colours.ts'
import { latentStatistics } from '../../src/engine/projection/latent-statistics.ts'
import { openStartFinder } from '../../src/engine/projection/nearest-start.ts'
import { pictureTensor, toLevels } from '../../src/engine/projection/picture.ts'
import type { FloatTensor } from '../../src/engine/tensor.ts'
import { resolveAllModels } from '../../src/node/models/store.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { loadNetworks } from '../../src/node/worker/networks.ts'
import { full } from '../full.ts'

describe('the nearest start', () => {
  test('is far nearer to the colours of the look than the average face, and the same each time', async () => {
    const runtime = onnxRuntime('cpu')
    const { generator } = (await loadNetworks(await resolveAllModels({}))).networks
    const { average } = await latentStatistics(runtime, generator)
    const b = createBuilder()
    const wanted = coarseColours(b, b.input('look', [1, 3, generator.resolution, generator.resolution]))
    const drawn = synthesise(b, generator, b.input('latent', average.shape), undefined)
    const distance = colourDistance(b, coarseColours(b, toLevels(b, drawn)), wanted)
    const session = await runtime.load(serialise({ wanted, distance }))
    const finder = await openStartFinder(runtime, generator, { threads: 1 })
    const ratios: number[] = []
    for (const { look } of await heldOutPairs(full ? 3 : 1, generator.resolution)) {
      const picture = { look: pictureTensor(look.image) }
      const read = async (latent: FloatTensor) => session.run({ ...picture, latent })
      const far = await read(average)
      const found = await finder.nearest(average, far.wanted as FloatTensor)
      ratios.push(Number((await read(found)).distance!.data[0]) / Number(far.distance!.data[0]))
      const again = await finder.nearest(average, far.wanted as FloatTensor)
      expect(again.data).toEqual(found.data)
    }
    await finder.dispose()
    await session.dispose()
    for (const ratio of ratios) expect(ratio).toBeLessThan(0.5)
  })
})
