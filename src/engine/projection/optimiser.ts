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

/** What Adam keeps of its running means from step to step. */
export interface AdamDecays {
  /** Of the mean of gradients. */
  readonly first: number
  /** Of the mean of their squares. */
  readonly second: number
}

/** Kingma and Ba 2015. */
export const usualDecays: AdamDecays = { first: 0.9, second: 0.999 }

/**
 * Of searches with a short memory. The gradients of a search's beginning are many times those of its end, and a mean over the last
 * thousand steps goes on being theirs for as long as a search takes: see "Memory of the optimiser" in docs/objective.md.
 */
export const shortDecays: AdamDecays = { first: 0.7, second: 0.9 }

const epsilon = 1e-8

/** The scalars of a step that the host computes, as graph inputs. */
export interface AdamScalars<T> {
  readonly learningRate: T
  /** 1 - first^t and sqrt(1 - second^t) by the decays, for the t-th step, t >= 1. */
  readonly correction1: T
  readonly correction2: T
}

export function adamScalars(
  learningRate: number,
  step: number,
  { first, second }: AdamDecays = usualDecays,
): AdamScalars<number> {
  return { learningRate, correction1: 1 - first ** step, correction2: Math.sqrt(1 - second ** step) }
}

/** One step of Adam (Kingma and Ba 2015, algorithm 1), in the form of torch.optim.Adam. */
export function adam(
  b: Builder,
  { parameter, first, second }: Moments<Value>,
  gradient: Value,
  { learningRate, correction1, correction2 }: AdamScalars<Value>,
  decays: AdamDecays = usualDecays,
): Moments<Value> {
  const nextFirst = b.add(b.mul(first, decays.first), b.mul(gradient, 1 - decays.first))
  const nextSecond = b.add(b.mul(second, decays.second), b.mul(b.mul(gradient, gradient), 1 - decays.second))
  const scale = b.add(b.div(b.sqrt(nextSecond), correction2), epsilon)
  const move = b.mul(b.div(learningRate, correction1), b.div(nextFirst, scale))
  return { parameter: b.sub(parameter, move), first: nextFirst, second: nextSecond }
}
