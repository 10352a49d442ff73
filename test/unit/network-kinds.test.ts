import { expect, test } from 'vitest'
import { floatTensor, sizeOf } from '../../src/engine/tensor.ts'
import type { StoredNetwork, StoredTensor } from '../../src/engine/weights.ts'
import type { OpenModelFile } from '../../src/node/worker/model-files.ts'
import {
  findKind,
  generatorIn,
  perceptualNetworkIn,
  perceptualTensorsIn,
} from '../../src/node/worker/networks.ts'
import { fixtureNetwork } from '../golden/stored.ts'

let made = 0

/** A tensor, each of another number. */
function stored(shape: readonly number[]): StoredTensor {
  const tensor = floatTensor(shape, new Float32Array(sizeOf(shape)).fill(++made))
  return { dtype: 'float32', shape, read: () => tensor, float32: () => tensor }
}

/** A network of tensors of one element. */
function network(name: string, ...tensors: readonly string[]): StoredNetwork {
  return { name, weights: new Map(tensors.map((tensor) => [tensor, stored([1])])), init: {} }
}

function file(...networks: readonly StoredNetwork[]): OpenModelFile {
  return { path: '/x.pkl', name: 'x.pkl', size: 1, sha256: '', checkpoint: { format: 'pickle', networks } }
}

test('of several generators the averaged one is taken, whoever named it and wherever it lies', () => {
  const mark = 'synthesis.b4.conv1.weight'
  const names = [
    'G_ema',
    'g_ema',
    'models.g_ema',
    'netG_ema.module',
    'generator_smooth',
    'Gs',
    'state_dict_ema',
  ]
  for (const name of [...names, 'generator_ema', 'g_running', 'ema', 'params_ema', 'G_avg']) {
    const opened = [file(network('G', mark), network(name, mark), network('other', mark))]
    expect(findKind(opened, 'generator')!.name).toBe(name)
  }
  expect(findKind([file(network('', mark))], 'generator')!.name).toBe('')
})

test.each<[what: string, tensor: string, shape?: readonly number[]]>([
  ['a generator of StyleGAN3 (config T or R)', 'synthesis.input.affine.weight'],
  ['a generator of StyleGAN-XL', 'G_ema.mapping.embed_proj.weight'],
  ['a generator of the first StyleGAN', 'generator.progression.0.adain1.style.linear.weight_orig'],
  ['a generator in the form of MMGeneration', 'generator_ema.constant_input.input'],
  [
    'a generator in the form of BasicSR, as GFPGAN has one',
    'stylegan_decoder.style_conv1.modulated_conv.weight',
  ],
  ['a generator in the form of GenForce', 'synthesis.early_layer.const'],
  ["a generator of lucidrains' stylegan2-pytorch", 'GE.blocks.0.to_style1.weight'],
  ['an encoder without its decoder', 'encoder.input_layer.0.weight'],
  ['a diffusion model', 'model.diffusion_model.input_blocks.0.0.weight'],
  ['the network of face-alignment that guesses depth', 'conv1.weight', [64, 71, 7, 7]],
  ['a detector of faces (S3FD)', 'conv3_3_norm.weight'],
  ['VGG with batch normalisation', 'features.1.running_mean'],
  ['VGG19', 'features.34.weight'],
  ['LPIPS for AlexNet', 'lin1.model.1.weight', [1, 192, 1, 1]],
  ['AlexNet', 'features.0.weight', [64, 3, 11, 11]],
  ['LPIPS for SqueezeNet', 'lin6.model.1.weight'],
  ['SqueezeNet', 'features.3.squeeze.weight'],
])('%s is refused by its name', (what, tensor, shape = [1]) => {
  const opened = [file({ name: 'G_ema', weights: new Map([[tensor, stored(shape)]]), init: {} })]
  const error = expect.objectContaining({
    code: 'unsupported-model',
    message: `x.pkl holds ${what}.`,
    hint: expect.stringMatching(/\.$/),
  })
  expect(() => generatorIn(opened)).toThrow(error)
  expect(() => perceptualNetworkIn(opened)).toThrow(error)
})

test('of a perceptual network the classifier is left out, and what stays is read as before', () => {
  const widths = [64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
  const taps = [64, 128, 256, 512, 512]
  const shapes: readonly (readonly [name: string, shape: readonly number[]])[] = [
    ...widths.flatMap((outputs, i): [string, number[]][] => [
      [`layers.conv${i + 1}.weight`, [outputs, widths[i - 1] ?? 3, 3, 3]],
      [`layers.conv${i + 1}.bias`, [outputs]],
    ]),
    ['layers.fc1.weight', [8, 25]],
    ['layers.fc1.bias', [8]],
    ...taps.map((channels, i): [string, number[]] => [`lpips${i}`, [channels]]),
  ]
  const weights = new Map(shapes.map(([name, shape]) => [name, stored(shape)]))
  const opened = [file({ name: '', weights, init: {} })]
  const [kept, ...none] = perceptualTensorsIn(opened)
  expect(none).toEqual([])
  expect([...kept!.weights.keys()]).toEqual([...weights.keys()].filter((name) => !name.includes('.fc')))
  expect(perceptualNetworkIn([file(kept!)])).toEqual(perceptualNetworkIn(opened))
})

test('which of several generators was taken is said where their names do not tell the averaged one', () => {
  const { weights, init } = fixtureNetwork('tiny64/generator.pkl', 'G_ema')
  const remarksOf = (...names: readonly string[]) =>
    generatorIn([file(...names.map((name) => ({ name, weights, init })))]).remarks
  expect(remarksOf('frozen', 'trainable')).toEqual([
    expect.stringMatching(/takes "frozen" and leaves "trainable"/),
  ])
  expect(remarksOf('G', 'G_ema')).toEqual([])
  expect(remarksOf('')).toEqual([])
})

test('a stranger beside a network that Mien knows is passed over', () => {
  const encoder = network('', 'encoder.input_layer.0.weight')
  const opened = [file(encoder, network('decoder', 'synthesis.b4.conv1.weight'))]
  expect(() => perceptualNetworkIn(opened)).toThrow(
    expect.objectContaining({ message: 'x.pkl does not hold a perceptual network; it holds a generator.' }),
  )
})
