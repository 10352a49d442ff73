import { describe, expect, test } from 'vitest'
import { readGenerator } from '../../src/engine/network/stylegan2/generator-reading.ts'
import { signedPicture } from '../../src/engine/projection/picture.ts'
import { weightGradients } from '../../src/engine/projection/weight-gradients.ts'
import { relativeGap } from '../../src/engine/tensor.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { fixturePicture } from './networks.ts'
import { fixtureNetwork, fixtureWeights } from './stored.ts'

describe('gradients for the weights of the synthesis network', () => {
  const generator = readGenerator(fixtureNetwork('tiny64/generator.pkl', 'G_ema'))
  const expected = fixtureWeights('tiny64/weight_gradients.npz')

  test('are those that PyTorch finds in double precision', async () => {
    const noise = Object.fromEntries(generator.noise.map(({ name, constant }) => [name, constant]))
    const { loss, gradients } = await weightGradients(
      onnxRuntime('cpu'),
      generator,
      expected.get('latent')!.float32(),
      noise,
      signedPicture(await fixturePicture('tiny64/look.png')),
    )
    expect(relativeGap([loss], expected.get('loss')!.float32().data)).toBeLessThan(1e-6)
    const names = [...expected.keys()].filter((name) => name.startsWith('gradient/'))
    expect(Object.keys(gradients).sort()).toEqual(names.map((name) => name.slice(9)).sort())
    const gaps = names.map((name) => {
      const found = gradients[name.slice(9)]!
      const wanted = expected.get(name)!.float32()
      expect(found.shape, name).toEqual(wanted.shape)
      return [name, relativeGap(found.data, wanted.data)] as const
    })
    const worst = gaps.reduce((a, b) => (b[1] > a[1] ? b : a))
    console.info(`weight gradients: ${worst[1].toExponential(1)} from float64 at most, in ${worst[0]}`)
    expect(worst[1]).toBeLessThan(1e-4)
  })
})
