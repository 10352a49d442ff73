import { gradients } from '../graph/backward.ts'
import { createBuilder } from '../graph/builder.ts'
import { serialise } from '../graph/onnx.ts'
import { type Generator, synthesise } from '../network/stylegan2/generator.ts'
import type { NamedTensors, Runtime, SessionOptions } from '../runtime.ts'
import type { FloatTensor } from '../tensor.ts'

/** What the names of the parameters begin with that draw a picture of a latent. */
const synthesisScope = 'synthesis.'

/** Whether a parameter belongs to the synthesis network. */
export function isOfSynthesis(name: string): boolean {
  return name.startsWith(synthesisScope)
}

export interface WeightGradients {
  readonly loss: number
  /** In the shapes of the parameters, by their names below `synthesis.`. */
  readonly gradients: Readonly<Record<string, FloatTensor>>
}

/**
 * The gradients of mean((G(w) - look)^2) for all parameters of the synthesis network.
 *
 * @param latent [1, 1, w_dim] or [1, num_ws, w_dim]
 * @param noise a map for each of the generator's noise inputs, by the names of their buffers
 * @param look [1, 3, R, R], -1..1
 */
export async function weightGradients(
  runtime: Runtime,
  generator: Generator,
  latent: FloatTensor,
  noise: Readonly<Record<string, FloatTensor>>,
  look: FloatTensor,
  options?: SessionOptions,
): Promise<WeightGradients> {
  const b = createBuilder({ trained: isOfSynthesis })
  const maps = new Map(generator.noise.map(({ name }) => [name, b.constant(noise[name]!, name)]))
  const image = synthesise(b, generator, b.input('latent', latent.shape), maps)
  const difference = b.sub(image, b.input('look', look.shape))
  const loss = b.reduceMean(b.mul(difference, difference), { keep: false })
  const names = [...b.trained.keys()]
  const found = gradients(
    b,
    loss,
    names.map((name) => b.trained.get(name)!.value),
  )
  const outputs = Object.fromEntries(names.map((name, i) => [`gradient.${name}`, found[i]!]))
  const session = await runtime.load(serialise({ loss, ...outputs }), options)
  try {
    const weights: NamedTensors = Object.fromEntries(
      [...b.trained].map(([name, { initial }]) => [name, initial]),
    )
    const results = await session.run({ latent, look, ...weights })
    const named = names.map((name) => [
      name.slice(synthesisScope.length),
      results[`gradient.${name}`] as FloatTensor,
    ])
    return { loss: Number(results.loss!.data[0]), gradients: Object.fromEntries(named) }
  } finally {
    await session.dispose()
  }
}
