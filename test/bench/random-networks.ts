import { type Shape, sizeOf } from '../../src/engine/tensor.ts'
import type { StoredNetwork, StoredTensor, Weights } from '../../src/engine/weights.ts'

/** Cheap uniform numbers of variance 1 from a linear congruence (Numerical Recipes): only their scale matters. */
function numbers(count: number, seed: number, scale: number): Float32Array {
  const data = new Float32Array(count)
  let state = seed >>> 0
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    data[i] = (state / 2 ** 31 - 1) * Math.sqrt(3) * scale
  }
  return data
}

function stored(shape: Shape, data: Float32Array): StoredTensor {
  const tensor = { dtype: 'float32' as const, shape, data }
  return { dtype: 'float32', shape, read: () => tensor, float32: () => tensor }
}

/** Collects tensors of random numbers by name. */
export class RandomWeights {
  readonly map = new Map<string, StoredTensor>()

  normal(name: string, shape: Shape, scale = 1): void {
    this.map.set(name, stored(shape, numbers(sizeOf(shape), this.map.size + 1, scale)))
  }

  fill(name: string, shape: Shape, value: number): void {
    this.map.set(name, stored(shape, new Float32Array(sizeOf(shape)).fill(value)))
  }

  data(name: string, shape: Shape, data: readonly number[]): void {
    this.map.set(name, stored(shape, Float32Array.from(data)))
  }
}

/** Of NVIDIA's configurations: paper256 has half the channels of the networks of 1024 pixels. */
export function channelBase(resolution: number): number {
  return resolution > 256 ? 32768 : 16384
}

/**
 * A StyleGAN2 generator with random weights: channels min(512, base / resolution), latents of 512 numbers and a
 * mapping of 8 layers. `base` is 32768 for NVIDIA's 1024-pixel networks and 16384 for those of 256 pixels.
 */
export function randomGenerator(resolution: number, base: number): StoredNetwork {
  const weights = new RandomWeights()
  const channelsAt = (r: number) => Math.min(512, base / r)
  const filter = [1, 3, 3, 1].flatMap((y) => [1, 3, 3, 1].map((x) => (x * y) / 64))
  for (let layer = 0; layer < 8; layer++) {
    weights.normal(`mapping.fc${layer}.weight`, [512, 512], 100)
    weights.fill(`mapping.fc${layer}.bias`, [512], 0)
  }
  const modulated = (prefix: string, inputs: number, outputs: number, size: number) => {
    weights.normal(`${prefix}.weight`, [outputs, inputs, size, size])
    weights.fill(`${prefix}.bias`, [outputs], 0)
    weights.normal(`${prefix}.affine.weight`, [inputs, 512])
    weights.fill(`${prefix}.affine.bias`, [inputs], 1)
  }
  for (let r = 4, inputs = channelsAt(4); r <= resolution; r *= 2) {
    const block = `synthesis.b${r}`
    const outputs = channelsAt(r)
    weights.data(`${block}.resample_filter`, [4, 4], filter)
    if (r === 4) weights.normal(`${block}.const`, [outputs, 4, 4])
    for (const layer of r === 4 ? ['conv1'] : ['conv0', 'conv1']) {
      modulated(`${block}.${layer}`, layer === 'conv0' ? inputs : outputs, outputs, 3)
      weights.data(`${block}.${layer}.resample_filter`, [4, 4], filter)
      weights.normal(`${block}.${layer}.noise_const`, [r, r])
      weights.fill(`${block}.${layer}.noise_strength`, [], 0.1)
    }
    modulated(`${block}.torgb`, outputs, 3, 1)
    inputs = outputs
  }
  return { name: 'G_ema', weights: weights.map, init: { synthesis_kwargs: { conv_clamp: 256 } } }
}

/** A FAN with random weights; the public one has 256 features and 4 modules. */
export function randomFan(features: number, modules: number): Weights {
  const weights = new RandomWeights()
  const convolution = (name: string, inputs: number, outputs: number, size: number, biased: boolean) => {
    weights.normal(`${name}.weight`, [outputs, inputs, size, size], Math.sqrt(2 / (inputs * size * size)))
    if (biased) weights.fill(`${name}.bias`, [outputs], 0)
  }
  const normalisation = (name: string, channels: number) => {
    weights.fill(`${name}.weight`, [channels], 1)
    weights.fill(`${name}.bias`, [channels], 0)
    weights.fill(`${name}.running_mean`, [channels], 0)
    weights.fill(`${name}.running_var`, [channels], 1)
  }
  const block = (name: string, inputs: number, outputs: number) => {
    const widths = [inputs, outputs / 2, outputs / 4, outputs / 4]
    for (const place of [1, 2, 3]) {
      normalisation(`${name}.bn${place}`, widths[place - 1]!)
      convolution(`${name}.conv${place}`, widths[place - 1]!, widths[place]!, 3, false)
    }
    if (inputs === outputs) return
    normalisation(`${name}.downsample.0`, inputs)
    convolution(`${name}.downsample.2`, inputs, outputs, 1, false)
  }
  convolution('conv1', 3, features / 4, 7, true)
  normalisation('bn1', features / 4)
  block('conv2', features / 4, features / 2)
  block('conv3', features / 2, features / 2)
  block('conv4', features / 2, features)
  for (let i = 0; i < modules; i++) {
    for (const level of [4, 3, 2, 1]) {
      for (const branch of ['b1', 'b2', 'b3']) block(`m${i}.${branch}_${level}`, features, features)
    }
    block(`m${i}.b2_plus_1`, features, features)
    block(`top_m_${i}`, features, features)
    convolution(`conv_last${i}`, features, features, 1, true)
    normalisation(`bn_end${i}`, features)
    convolution(`l${i}`, features, 68, 1, true)
    if (i === modules - 1) continue
    convolution(`bl${i}`, features, features, 1, true)
    convolution(`al${i}`, 68, features, 1, true)
  }
  return weights.map
}

/** VGG16 with the linear weights of LPIPS, all random, by the names of torchvision and the lpips package. */
export function randomVggLpips(): Weights {
  const weights = new RandomWeights()
  const stages = [
    [64, [0, 2]],
    [128, [5, 7]],
    [256, [10, 12, 14]],
    [512, [17, 19, 21]],
    [512, [24, 26, 28]],
  ] as const
  let inputs = 3
  for (const [stage, [outputs, places]] of stages.entries()) {
    for (const place of places) {
      weights.normal(`features.${place}.weight`, [outputs, inputs, 3, 3], Math.sqrt(2 / (inputs * 9)))
      weights.fill(`features.${place}.bias`, [outputs], 0)
      inputs = outputs
    }
    weights.fill(`lin${stage}.model.1.weight`, [1, outputs, 1, 1], 0.1)
  }
  return weights.map
}
