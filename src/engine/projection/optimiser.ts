import type { Builder } from '../graph/builder.ts'
import type { Value } from '../graph/value.ts'

/** A parameter with Adam's running means of the gradient and of its square, all in one shape. */
export interface Moments<T> {
  readonly parameter: T
  readonly first: T
  readonly second: T
}

/** The three tensors of a parameter by their names in a graph or a file. */
export function momentTensors<T>(name: string, { parameter, first, second }: Moments<T>): Record<string, T> {
  return { [name]: parameter, [`${name}.first`]: first, [`${name}.second`]: second }
}

/** Kingma and Ba 2015. */
const decay1 = 0.9
const decay2 = 0.999
const epsilon = 1e-8

/** The scalars of a step that the host computes, as graph inputs. */
export interface AdamScalars<T> {
  readonly learningRate: T
  /** 1 - 0.9^t and sqrt(1 - 0.999^t) for the t-th step, t >= 1. */
  readonly correction1: T
  readonly correction2: T
}

export function adamScalars(learningRate: number, step: number): AdamScalars<number> {
  return { learningRate, correction1: 1 - decay1 ** step, correction2: Math.sqrt(1 - decay2 ** step) }
}

/** One step of Adam (Kingma and Ba 2015, algorithm 1), in the form of torch.optim.Adam. */
export function adam(
  b: Builder,
  { parameter, first, second }: Moments<Value>,
  gradient: Value,
  { learningRate, correction1, correction2 }: AdamScalars<Value>,
): Moments<Value> {
  const nextFirst = b.add(b.mul(first, decay1), b.mul(gradient, 1 - decay1))
  const nextSecond = b.add(b.mul(second, decay2), b.mul(b.mul(gradient, gradient), 1 - decay2))
  const scale = b.add(b.div(b.sqrt(nextSecond), correction2), epsilon)
  const move = b.mul(b.div(learningRate, correction1), b.div(nextFirst, scale))
  return { parameter: b.sub(parameter, move), first: nextFirst, second: nextSecond }
}
