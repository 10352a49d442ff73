import { describe, expect, test } from 'vitest'
import { createBuilder } from '../../src/engine/graph/builder.ts'
import { inKnownForms } from '../../src/engine/network/stylegan2/forms.ts'
import { type Generator, synthesise } from '../../src/engine/network/stylegan2/generator.ts'
import { readGenerator } from '../../src/engine/network/stylegan2/generator-reading.ts'
import { type FloatTensor, floatTensor, relativeGap, type Shape } from '../../src/engine/tensor.ts'
import type { StoredNetwork, StoredTensor } from '../../src/engine/weights.ts'
import { evaluate, numbersOf } from '../ort/run-graph.ts'
import { fixtureArray, fixtureNetwork } from './stored.ts'

const stored = fixtureNetwork('tiny64/generator.pkl', 'G_ema')
const clamps = ({ blocks }: Generator) =>
  new Set(blocks.flatMap(({ clamp, convolutions }) => [clamp, ...convolutions.map((layer) => layer.clamp)]))

/** The picture of tiny64's latents, [3, 64, 64] in a row. */
async function drawn(generator: Generator): Promise<readonly number[]> {
  const b = createBuilder()
  const latent = b.input('latent', [1, generator.latentCount, generator.wDim])
  const noise = new Map(generator.noise.map(({ name, constant }) => [name, b.constant(constant, name)]))
  const image = synthesise(b, generator, latent, noise)
  const found = await evaluate({ image }, { latent: fixtureArray('tiny64/networks.npz', 'w_plus') })
  return [...numbersOf(found.image)]
}

function held(tensor: FloatTensor): StoredTensor {
  return { dtype: 'float32', shape: tensor.shape, read: () => tensor, float32: () => tensor }
}

/** The network with tensors left out (undefined), changed or added. */
function changed(
  change: (name: string, tensor: StoredTensor) => StoredTensor | undefined,
  added: readonly [string, StoredTensor][] = [],
): StoredNetwork {
  const weights = [...stored.weights].flatMap(([name, tensor]): [string, StoredTensor][] => {
    const other = change(name, tensor)
    return other === undefined ? [] : [[name, other]]
  })
  return { ...stored, weights: new Map([...weights, ...added]) }
}

/** Cut, or repeated from its beginning. */
function reshaped(tensor: StoredTensor, shape: Shape): StoredTensor {
  const { data } = tensor.float32()
  const count = shape.reduce((a, v) => a * v, 1)
  return held(
    floatTensor(
      shape,
      Float32Array.from({ length: count }, (_, i) => data[i % data.length]!),
    ),
  )
}

const withChannels = (channels: number) =>
  changed((name, tensor) =>
    /torgb\.(weight|bias)$/.test(name) ? reshaped(tensor, [channels, ...tensor.shape.slice(1)]) : tensor,
  )

describe('convolutions are clamped where the file says', () => {
  const told = (init: StoredNetwork['init']) => clamps(readGenerator({ ...stored, init }))
  const module = 'synthesis.b8.conv0'

  test('by the attribute of the layer, whatever the arguments say', () => {
    const init = { synthesis_kwargs: { conv_clamp: 256 }, _modules: { [module]: { conv_clamp: 7 } } }
    expect(told(init)).toEqual(new Set([256, 7]))
    const free = { synthesis_kwargs: { conv_clamp: 256 }, _modules: { [module]: { conv_clamp: null } } }
    expect(told(free)).toEqual(new Set([256, undefined]))
  })

  test('then by nested arguments, then by flat ones', () => {
    expect(told({ synthesis_kwargs: { conv_clamp: 11 }, conv_clamp: 12 })).toEqual(new Set([11]))
    expect(told({ conv_clamp: 12 })).toEqual(new Set([12]))
    expect(told({ conv_clamp: null })).toEqual(new Set([undefined]))
  })

  test("then by the class's default", () => {
    expect(told({ fused_modconv_default: 'inference_only' })).toEqual(new Set([256]))
    expect(told({ class_name: 'training.networks_stylegan2.Generator' })).toEqual(new Set([256]))
    expect(told({ synthesis_kwargs: { channel_base: 1024 } })).toEqual(new Set([undefined]))
  })

  test('and a bare state dict says that it does not know', () => {
    const { remarks, ...generator } = readGenerator({ ...stored, init: {} })
    expect(clamps({ remarks, ...generator })).toEqual(new Set([256]))
    expect(remarks).toEqual([expect.stringContaining('conv_clamp')])
    expect(readGenerator(stored).remarks).toEqual([])
  })

  test('and of the attributes those alone are kept that say more than the arguments', () => {
    const [plain] = inKnownForms([stored])
    const { _modules, ...constructed } = stored.init
    expect(_modules).toBeDefined()
    expect(plain!.init).toEqual(constructed)
    const modules = { ...(_modules as Record<string, object>), [module]: { conv_clamp: 7 } }
    const [telling] = inKnownForms([{ ...stored, init: { ...stored.init, _modules: modules } }])
    expect(telling!.init._modules).toEqual({ [module]: { conv_clamp: 7 } })
    const silent = fixtureNetwork('forms/stylegan3-flat-default.pkl', 'G_ema')
    expect(clamps(readGenerator(inKnownForms([silent])[0]!))).toEqual(new Set([256]))
    const discriminator = fixtureNetwork('tiny64/generator.pkl', 'D')
    expect(inKnownForms([discriminator])[0]!.init._modules).toBeUndefined()
  })

  test('in a file of stylegan3 whose arguments are silent', async () => {
    const silent = fixtureNetwork('forms/stylegan3-flat-default.pkl', 'G_ema')
    expect(silent.init.conv_clamp).toBeUndefined()
    expect(silent.init.synthesis_kwargs).toBeUndefined()
    const generator = readGenerator(silent)
    expect(clamps(generator)).toEqual(new Set([256]))
    expect(generator.remarks).toEqual([])
    // Its weights were made so that the clamp is seen.
    const free = readGenerator({ ...silent, init: { conv_clamp: null } })
    expect(relativeGap(await drawn(generator), await drawn(free))).toBeGreaterThan(0.1)
  })
})

test("the mapping's learning rate is the layer's own, then the argument's, then the default", () => {
  const told = (init: StoredNetwork['init']) =>
    readGenerator({ ...stored, init }).mapping.learningRateMultiplier
  expect(
    told({ _modules: { 'mapping.fc0': { bias_gain: 0.5 } }, mapping_kwargs: { lr_multiplier: 1 } }),
  ).toBe(0.5)
  const layer = (inputs: number) => ({ bias_gain: 0.5, weight_gain: 0.5 / Math.sqrt(inputs) })
  const modules = { _modules: { 'mapping.fc0': layer(64), 'mapping.fc1': layer(64) } }
  expect(told(inKnownForms([{ ...stored, init: modules }])[0]!.init)).toBe(0.5)
  expect(told({ mapping_kwargs: { lr_multiplier: 1 } })).toBe(1)
  expect(told({})).toBe(0.01)
})

const binomial = held(
  floatTensor(
    [3, 3],
    [1, 2, 1, 2, 4, 2, 1, 2, 1].map((v) => v / 16),
  ),
)

describe('other forms of generators', () => {
  test('one of grey draws three equal channels, and says so', async () => {
    const generator = readGenerator(withChannels(1))
    expect(generator.remarks).toEqual([expect.stringContaining('grey')])
    const grey = await drawn(generator)
    const colours = await drawn(readGenerator(stored))
    const channel = colours.slice(0, 64 ** 2)
    expect(relativeGap(grey, [...channel, ...channel, ...channel])).toBeLessThan(1e-6)
  })

  test('one without noise draws as without noise', async () => {
    const generator = readGenerator(
      changed((name, tensor) => (/noise_(const|strength)$/.test(name) ? undefined : tensor)),
    )
    const expected = fixtureArray('tiny64/networks.npz', 'image_no_noise')
    expect(relativeGap(await drawn(generator), expected.data)).toBeLessThan(1e-4)
  })

  test('one whose layers were told to use no noise draws as without noise, whatever maps it keeps', async () => {
    const silent = Object.fromEntries(
      [4, 8, 16, 32, 64].flatMap((side) =>
        ['conv0', 'conv1'].map((name) => [`synthesis.b${side}.${name}`, { use_noise: false }]),
      ),
    )
    const [network] = inKnownForms([{ ...stored, init: { ...stored.init, _modules: silent } }])
    const expected = fixtureArray('tiny64/networks.npz', 'image_no_noise')
    expect(relativeGap(await drawn(readGenerator(network!)), expected.data)).toBeLessThan(1e-4)
  })

  test.each([
    [
      'with a gain of its own',
      { ...stored, init: { _modules: { 'synthesis.b8.torgb': { weight_gain: 1 } } } },
      'weight_gain',
      'weight_gain',
    ],
    ['with transparency', withChannels(4), 'transparency', 'synthesis.b4.torgb.weight'],
    [
      'of the architecture orig',
      changed((name, tensor) => (/b(4|8|16|32)\.torgb/.test(name) ? undefined : tensor)),
      'architecture "orig"',
      'synthesis.b4.torgb.weight',
    ],
    [
      'of the architecture resnet',
      changed(
        (name, tensor) => (/b(4|16|32)\.torgb/.test(name) ? undefined : tensor),
        [['synthesis.b8.skip.weight', held(floatTensor([32, 32, 1, 1], new Float32Array(1024)))]],
      ),
      'architecture "resnet"',
      'synthesis.b4.torgb.weight',
    ],
    [
      'that are not square',
      changed((name, tensor) => (name === 'synthesis.b4.const' ? reshaped(tensor, [32, 4, 6]) : tensor)),
      'not square',
      'synthesis.b4.const',
    ],
    [
      'that lack a block',
      changed((name, tensor) => (name.startsWith('synthesis.b16.') ? undefined : tensor)),
      'synthesis.b16 is missing',
      'synthesis.b16.conv1.weight',
    ],
    [
      'that lack a layer of the mapping network',
      changed((name, tensor) => (name.startsWith('mapping.fc0.') ? undefined : tensor)),
      'no "mapping.fc0.weight", but there is "mapping.fc1.',
      'mapping.fc0.weight',
    ],
    [
      'that lack the picture of the last block, which is no other architecture',
      changed((name, tensor) => (name.startsWith('synthesis.b64.torgb.') ? undefined : tensor)),
      'no tensor "synthesis.b64.torgb.weight"',
      'synthesis.b64.torgb.weight',
    ],
    [
      'of a training that diverged',
      changed((name, tensor) =>
        name === 'synthesis.b8.conv1.weight'
          ? held(
              floatTensor(
                tensor.shape,
                tensor.float32().data.map((v, i) => (i === 7 ? Number.NaN : v)),
              ),
            )
          : tensor,
      ),
      'not finite',
      'synthesis.b8.conv1.weight',
    ],
    [
      'with filters of three taps',
      changed((name, tensor) => (name.endsWith('resample_filter') ? binomial : tensor)),
      'not of an even number of taps',
      'synthesis.b8.conv0.resample_filter',
    ],
    [
      'with another activation',
      { ...stored, init: { _modules: { 'synthesis.b4.conv1': { activation: 'swish' } } } },
      'swish',
      'activation',
    ],
  ])('those %s are refused by name', (_, network, message, name) => {
    expect(() => readGenerator(network)).toThrow(
      expect.objectContaining({
        code: 'unsupported-model',
        message: expect.stringContaining(message),
        place: expect.objectContaining({ name }),
      }),
    )
  })
})

describe('generators within larger dicts', () => {
  const prefixed = (prefix: string) =>
    [...stored.weights].map(([name, tensor]) => [prefix + name, tensor] as const)

  test.each(['G_ema.', 'generator.', 'model.netG_ema.module.'])('are found under %s', (prefix) => {
    const encoder: [string, StoredTensor] = ['encoder.weight', held(floatTensor([1], [1]))]
    const whole = { name: '', weights: new Map([...prefixed(prefix), encoder]), init: {} }
    const [rest, found, ...others] = inKnownForms([whole])
    expect([...rest!.weights.keys()]).toEqual(['encoder.weight'])
    expect(found!.name).toBe(prefix.slice(0, -1))
    expect([...found!.weights.keys()]).toEqual([...stored.weights.keys()])
    expect(others).toEqual([])
  })

  test('keep apart where there are two', () => {
    const weights = new Map([...prefixed('G.'), ...prefixed('G_ema.')])
    expect(inKnownForms([{ name: '', weights, init: {} }]).map(({ name }) => name)).toEqual(['G', 'G_ema'])
  })
})
