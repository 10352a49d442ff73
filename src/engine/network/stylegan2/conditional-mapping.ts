import { MienError } from '../../errors.ts'
import { floatTensor } from '../../tensor.ts'
import type { Weights } from '../../weights.ts'
import type { LayerWeights } from './layers.ts'

/** How many classes a generator draws: 0 for one that is not class-conditional. */
export function classesOf(weights: Weights): number {
  // [E, classes]
  return weights.get('mapping.embed.weight')?.shape[1] ?? 0
}

/**
 * The first layer of a class-conditional mapping as that of an unconditional one, for one class. NVIDIA's mapping embeds the
 * class, brings the embedding to mean square 1 as it does z, and puts it behind z; so for one class the layer's part for
 * the embedding is a constant, which goes into the bias.
 *
 * @param first weight [O, z_dim + E]
 * @param embedding weight [E, classes]; undefined where the generator has no classes
 * @param label counted from 0
 * @throws MienError 'wrong-use' for a class that there is not
 */
export function layerOfClass(
  first: LayerWeights,
  embedding: LayerWeights | undefined,
  label: number,
): LayerWeights {
  if (embedding === undefined) {
    throw new MienError('wrong-use', 'The generator has no classes.', {
      name: 'class',
      hint: 'Leave out --class.',
    })
  }
  const [outputs, inputs] = first.weight.shape as [number, number]
  const [embedded, classes] = embedding.weight.shape as [number, number]
  if (label >= classes) {
    throw new MienError('wrong-use', `The generator has no class ${label}.`, {
      name: 'class',
      hint: `Choose one from 0 to ${classes - 1}.`,
    })
  }
  const code = Array.from(
    embedding.bias.data,
    (bias, i) => bias + embedding.weight.data[i * classes + label]! / Math.sqrt(classes),
  )
  const length = Math.sqrt(code.reduce((sum, v) => sum + v * v, 0) / embedded + 1e-8)
  const zDim = inputs - embedded
  const row = (o: number) => first.weight.data.subarray(o * inputs, (o + 1) * inputs)
  // A fully connected layer divides by the root of its inputs, which are fewer now.
  const weight = Float32Array.from(
    { length: outputs * zDim },
    (_, i) => row(Math.floor(i / zDim))[i % zDim]! * Math.sqrt(zDim / inputs),
  )
  const bias = Float32Array.from(first.bias.data, (value, o) => {
    const constant = code.reduce((sum, v, i) => sum + row(o)[zDim + i]! * (v / length), 0)
    return value + constant / Math.sqrt(inputs)
  })
  return { weight: floatTensor([outputs, zDim], weight), bias: floatTensor([outputs], bias) }
}
