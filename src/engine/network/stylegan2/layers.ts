import { after } from '../../graph/after.ts'
import type { Builder, Parameter } from '../../graph/builder.ts'
import { transposedConvolution } from '../../graph/transposed-convolution.ts'
import type { Value } from '../../graph/value.ts'
import { type FloatTensor, floatTensor, times } from '../../tensor.ts'
import { levellingFactor } from '../../weight-scaling.ts'
import { activate, activationGain, slope } from './activation.ts'

/** What a layer of the two networks reads. */
export interface LayerWeights {
  readonly weight: FloatTensor
  readonly bias: FloatTensor
}

/** A constant [1, C, 1, 1] of C numbers. */
function channelConstant(b: Builder, tensor: FloatTensor, factor: number, name: string): Value {
  return b.constant(floatTensor([1, tensor.data.length, 1, 1], times(tensor, factor).data), name)
}

/**
 * x [N, I] -> [N, O] with equalised learning rate (Karras et al. 2018, section 4.1): the stored weight is
 * divided by sqrt(I) and multiplied by the learning rate's multiplier, as is the bias.
 */
export function fullyConnected(b: Builder, x: Value, layer: LayerWeights, learningRateMultiplier = 1): Value {
  const inputs = layer.weight.shape[1]!
  const weight = b
    .parameter('weight', layer.weight)
    .formed('weight', (b, w) =>
      b.scaled(b.transpose(w, { order: [1, 0] }), { factor: learningRateMultiplier / Math.sqrt(inputs) }),
    )
  const bias = b
    .parameter('bias', layer.bias)
    .formed('bias', (b, x) => b.scaled(x, { factor: learningRateMultiplier }))
  return b.add(b.matMul(x, weight), bias)
}

/** Limits to [-limit, limit] where there is a limit (conv_clamp times the layer's gain). */
export function clamp(b: Builder, x: Value, limit: number | undefined): Value {
  return limit === undefined ? x : b.clip(x, { low: -limit, high: limit })
}

/** What a modulated convolution reads. */
export interface ModulatedWeights extends LayerWeights {
  /** The affine map from latent to style. */
  readonly style: LayerWeights
}

/** The style of a layer as [1, I, 1, 1], from one latent [1, w_dim]. */
export function styleOf(b: Builder, latent: Value, affine: LayerWeights, gain = 1): Value {
  return b.scope('affine', () => {
    const style = b.mul(fullyConnected(b, latent, affine), gain)
    return b.reshape(style, { shape: [1, style.shape[1]!, 1, 1] })
  })
}

/**
 * 1 / ||w'_o|| of the modulated weight, [O] (StyleGAN2, equation 3), times `gain`. Only the sums of
 * squares over the kernel are needed, so that the convolution itself keeps a constant weight. `weight` is the stored
 * one times `level`.
 */
function demodulation(b: Builder, style: Value, weight: Parameter, level: number, gain: number): Value {
  const [, inputs] = style.shape as [number, number]
  return b.scope('demodulation', () => {
    const squares = b.reshape(b.mul(style, style), { shape: [1, inputs] })
    const energies = weight.formed('energy', (b, w) => {
      const energy = b.reduceSumOfSquares(b.scaled(w, { factor: level }), { axes: [2, 3], keep: false })
      return b.transpose(energy, { order: [1, 0] })
    })
    const norm = b.sqrt(b.add(b.matMul(squares, energies), 1e-8 * level ** 2))
    return b.reshape(b.div(gain, norm), { shape: [energies.shape[1]!] })
  })
}

/** A low-pass filter over every channel: rows, then columns. `taps` are the filter's, `padding` zeros around. */
export function lowPass(
  b: Builder,
  x: Value,
  taps: readonly number[],
  padding: { readonly before: number; readonly after: number },
  gain: number,
): Value {
  const channels = x.shape[1]!
  const filter = (shape: readonly number[]) =>
    b.once(`low-pass ${channels} ${shape} ${taps} ${gain}`, () => {
      const data = Float32Array.from(
        { length: channels * taps.length },
        (_, i) => taps[i % taps.length]! * gain,
      )
      return b.constant(floatTensor(shape, data), 'filter')
    })
  const none = { before: 0, after: 0 }
  const rows = b.conv(x, filter([channels, 1, taps.length, 1]), {
    padding: { rows: padding, columns: none },
    groups: channels,
  })
  return b.conv(rows, filter([channels, 1, 1, taps.length]), {
    padding: { rows: none, columns: padding },
    groups: channels,
  })
}

/** How a synthesis layer computes. */
export interface SynthesisLayer extends ModulatedWeights {
  /** [H, W] noise is added with this strength. */
  readonly noiseStrength: number
  /** Whether the layer doubles the resolution. */
  readonly up: boolean
  /** Taps of the resampling filter of a layer that goes up, with sum 1. */
  readonly filter: readonly number[]
  readonly clamp: number | undefined
}

/**
 * A layer of the synthesis network: x [1, I, H, H] -> [1, O, H', H'], H' = 2H where it goes up
 * (StyleGAN2, figure 2c). The input is scaled by the style and the output by the demodulation, which equals
 * convolving with the modulated weight and leaves that weight constant; the activation's gain is folded into
 * the factors before it.
 */
export function synthesisLayer(
  b: Builder,
  x: Value,
  latent: Value,
  noise: Value | undefined,
  layer: SynthesisLayer,
): Value {
  const style = styleOf(b, latent, layer.style)
  const sums: Value[] = []
  const modulated = modulate(b, x, style, sums)
  const weight = b.parameter('weight', layer.weight)
  // float32, in which weights are trained, needs no level.
  const level = weight.isTrained ? 1 : levellingFactor(layer.weight)
  const convolved = layer.up
    ? upConvolution(b, modulated, weight, level, layer.filter)
    : convolution(b, modulated, weight, level)
  return activate(b, convolved, {
    scale: demodulation(b, style, weight, level, activationGain),
    noise: noise && b.mul(noise, noiseStrength(b, layer)),
    bias: b.parameter('bias', layer.bias).formed('bias', (b, x) => b.scaled(x, { factor: activationGain })),
    limit: layer.clamp,
    onSum: (sum) => sums.push(sum),
  })
}

function noiseStrength(b: Builder, { noiseStrength: strength }: SynthesisLayer): Value {
  return b
    .parameter('noise_strength', floatTensor([], [strength]))
    .formed('noise_strength', (b, x) => b.scaled(x, { factor: activationGain }))
}

/** x * style; the gradient for x waits for the sums of the layer, so that their large summands can go. */
function modulate(b: Builder, x: Value, style: Value, sums: readonly Value[]): Value {
  const gradient = (g: Value) => {
    const styleGradient = b.reduceSum(b.mul(g, x), { axes: [2, 3] })
    return [() => b.mul(g, after(b, style, [styleGradient, ...sums])), () => styleGradient]
  }
  return b.withGradient([b.mul(x, style), x, style], { gradient })
}

function convolution(b: Builder, x: Value, weight: Parameter, level: number): Value {
  const kernel = weight.formed('weight', (b, w) => b.scaled(w, { factor: level }))
  const reach = (kernel.shape[2]! - 1) / 2
  return b.conv(x, kernel, { padding: { before: reach, after: reach } })
}

/**
 * Transposed convolution with stride 2, then the low-pass filter. The transposed convolution reaches 2H + 1;
 * taking 2H + 2, whose last row is zero, saves a crop.
 */
function upConvolution(
  b: Builder,
  x: Value,
  weight: Parameter,
  level: number,
  filter: readonly number[],
): Value {
  const extent = 2 * x.shape[2]! + 2
  const kernel = weight.formed('weight', (b, w) =>
    b.transpose(b.scaled(w, { factor: level }), { order: [1, 0, 2, 3] }),
  )
  const spread = transposedConvolution(b, x, kernel, { stride: 2, extents: [extent, extent] })
  return lowPass(b, spread, filter, { before: 1, after: 0 }, 2)
}

/**
 * Style, 1x1 convolution without demodulation, bias: x [1, I, H, H] -> RGB [1, 3, H, H]. As a matrix product the
 * style goes into the weight.
 */
export function toRgb(
  b: Builder,
  x: Value,
  latent: Value,
  layer: ModulatedWeights,
  limit: number | undefined,
): Value {
  const [, inputs, height, width] = x.shape as [number, number, number, number]
  const style = b.reshape(styleOf(b, latent, layer.style, 1 / Math.sqrt(inputs)), { shape: [1, inputs] })
  const outputs = layer.weight.shape[0]!
  const weight = b
    .parameter('weight', layer.weight)
    .formed('weight', (b, w) => b.reshape(w, { shape: [outputs, inputs] }))
  const flat = b.reshape(x, { shape: [inputs, height * width] })
  const rgb = b.reshape(b.matMul(b.mul(weight, style), flat), { shape: [1, outputs, height, width] })
  const bias = b
    .parameter('bias', layer.bias)
    .formed('bias', (b, x) => b.reshape(x, { shape: [1, outputs, 1, 1] }))
  return clamp(b, b.add(rgb, bias), limit)
}

/** Doubles a picture [1, C, H, H] with the resampling filter. */
export function enlarge(b: Builder, picture: Value, taps: readonly number[]): Value {
  const channels = picture.shape[1]!
  const size = taps.length
  const extent = 2 * picture.shape[2]!
  const kernel = b.once(`enlarge ${channels} ${taps}`, () => {
    const data = new Float32Array(channels * channels * size * size)
    for (let c = 0; c < channels; c++) {
      for (let k = 0; k < size * size; k++) {
        // Zeros between the pixels divide the mean by 4.
        data[(c * channels + c) * size * size + k] = 4 * taps[Math.floor(k / size)]! * taps[k % size]!
      }
    }
    return b.constant(floatTensor([channels, channels, size, size], data), 'enlarge')
  })
  const padding = { before: size / 2 - 1, after: size / 2 - 1 }
  return transposedConvolution(b, picture, kernel, { stride: 2, padding, extents: [extent, extent] })
}

/** A convolution layer of the discriminator with equalised learning rate; `down` halves the resolution. */
export interface DiscriminatorLayer {
  readonly weight: FloatTensor
  readonly bias: FloatTensor | undefined
  readonly filter: readonly number[]
  readonly down: boolean
  /** Whether the activation follows. */
  readonly active: boolean
  readonly clamp: number | undefined
  /** Factor of the output; the clamp grows with it. */
  readonly gain: number
}

/** x [1, I, H, H] -> [1, O, H', H'], H' = H/2 where it goes down. */
export function discriminatorLayer(b: Builder, x: Value, layer: DiscriminatorLayer): Value {
  const [, inputs, size] = layer.weight.shape as [number, number, number]
  const gain = layer.gain * (layer.active ? activationGain : 1)
  const weight = b.constant(times(layer.weight, gain / Math.sqrt(inputs * size * size)), 'weight')
  const reach = (size - 1) / 2
  const convolved = layer.down
    ? b.conv(lowPass(b, x, layer.filter, { before: reach + 1, after: reach + 1 }, 1), weight, { stride: 2 })
    : b.conv(x, weight, { padding: { before: reach, after: reach } })
  const biased =
    layer.bias === undefined ? convolved : b.add(convolved, channelConstant(b, layer.bias, gain, 'bias'))
  const limit = layer.clamp === undefined ? undefined : layer.clamp * layer.gain
  return clamp(b, layer.active ? b.leakyRelu(biased, { alpha: slope }) : biased, limit)
}
