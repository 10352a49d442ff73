import { MienError } from '../../errors.ts'
import type { Builder } from '../../graph/builder.ts'
import type { Value } from '../../graph/value.ts'
import type { Weights } from '../../weights.ts'
import { type PreActivated, readConvolution, readPreActivated } from './batch-normalisation.ts'

/**
 * The hierarchical residual block of Bulat and Tzimiropoulos 2017 ("Binarized Convolutional Landmark Localizers"),
 * I -> O channels:
 *
 *     bn1, ReLU, conv1    3x3, I -> O/2
 *     bn2, ReLU, conv2    3x3, O/2 -> O/4
 *     bn3, ReLU, conv3    3x3, O/4 -> O/4
 *     the three joined, plus x, or plus downsample(x) = bn, ReLU, 1x1 convolution where I and O differ
 */
export interface Block {
  readonly outputs: number
  readonly layers: readonly PreActivated[]
  readonly shortcut: PreActivated | undefined
}

/** @throws MienError 'unsupported-model' that names the tensor that is missing or does not fit */
export function readBlock(weights: Weights, prefix: string, inputs: number): Block {
  const layers: PreActivated[] = []
  let outputs = 0
  let channels = inputs
  for (const place of [1, 2, 3]) {
    const kernel = readConvolution(weights, `${prefix}.conv${place}`, 3, channels, undefined)
    layers.push(readPreActivated(weights, `${prefix}.bn${place}`, kernel))
    channels = kernel.weight.shape[0]!
    outputs += channels
  }
  const name = `${prefix}.downsample.2`
  if (!weights.has(`${name}.weight`)) {
    if (inputs === outputs) return { outputs, layers, shortcut: undefined }
    throw new MienError(
      'unsupported-model',
      `The block "${prefix}" goes from ${inputs} to ${outputs} channels and has no "${name}.weight".`,
      { name: `${name}.weight` },
    )
  }
  const shortcut = readConvolution(weights, name, 1, inputs, outputs)
  return { outputs, layers, shortcut: readPreActivated(weights, `${prefix}.downsample.0`, shortcut) }
}

/** x [N, I, H, W] -> [N, O, H, W]. */
export function block(b: Builder, x: Value, { layers, shortcut }: Block): Value {
  const parts: Value[] = []
  for (const [place, layer] of layers.entries()) {
    parts.push(b.scope(`conv${place + 1}`, () => preActivated(b, parts.at(-1) ?? x, layer, 1)))
  }
  const joined = b.concat(parts, { axis: 1 })
  return b.add(
    joined,
    shortcut === undefined ? x : b.scope('downsample', () => preActivated(b, x, shortcut, 0)),
  )
}

function preActivated(b: Builder, x: Value, layer: PreActivated, reach: number): Value {
  const { sign, shift, convolution } = layer
  const signed = sign === undefined ? x : b.mul(x, b.constant(sign, 'sign'))
  const active = b.relu(b.add(signed, b.constant(shift, 'shift')))
  const padding = { before: reach, after: reach }
  return b.conv(active, b.constant(convolution.weight, 'weight'), { padding })
}
