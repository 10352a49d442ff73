import { MienError } from '../errors.ts'
import type { Precision } from '../runtime.ts'
import { type FloatTensor, relativeGap } from '../tensor.ts'
import type { ProjectionState } from './projection-state.ts'
import { atRest, type Projector } from './projector.ts'
import { MersenneTwister } from './randomness.ts'
import type { Metrics } from './settings.ts'
import type { Targets } from './targets.ts'

/** Where a run begins: the state that it goes on from, or the latent and the seed of a new one; and what it aims at. */
export interface Beginning {
  readonly from: ProjectionState | undefined
  readonly start: FloatTensor
  readonly seed: number
  readonly targets: Targets
  readonly settings: Parameters<Projector['step']>[2]
}

/** What a step shows of the precision in which it computes. */
export interface Trial {
  readonly metrics: Metrics
  /** Of the loss for the latent, times a constant. */
  readonly gradient: FloatTensor
}

/**
 * The first step of a run, without jitter. Of the next latent its first moment is compared: from moments at rest that
 * is a tenth of the gradient, while the latent itself moves by the gradient's sign alone (Kingma and Ba 2015,
 * algorithm 1), which tells a wrong gradient from a right one badly, and at a learning rate that begins at 0.
 */
export async function trial(
  projector: Projector,
  { from, start, seed, targets, settings }: Beginning,
): Promise<Trial> {
  const { step, latent, noise } = from ?? projector.start(new MersenneTwister(seed), start)
  const state = { step, latent: atRest(latent.parameter), noise: atRest(noise.parameter) }
  const rates = { learningRate: 0, jitter: 0 }
  const { metrics, next } = await projector.step(state, targets, settings, new MersenneTwister(seed), rates)
  return { metrics, gradient: next.latent.first }
}

/** A projector in the precision that was chosen. */
export interface CheckedProjector {
  readonly projector: Projector
  readonly precision: Precision
  /** Why it is not float16, as part of a sentence. */
  readonly reason?: string
}

/**
 * The gaps that are let pass. Measured with every half rounded, over searches with the fixtures' networks: the terms are
 * up to 1e-3 away; the gradient 1e-2 to 1e-1, up to 3e-1 near a minimum, where it is a small rest of large parts, and
 * once 8e-1 where features vanish whose length the perceptual network divides by. One that is off by less than half
 * still leads down, while a kernel that computes wrongly is off by about as much as there is.
 */
const bounds = { term: 0.01, gradient: 0.5 }

/**
 * Opens a projector in float16 and keeps it if a step comes out there as in float32; else one in float32. The two are
 * never open together, as each holds all networks.
 */
export async function openChecked(
  open: (precision: Precision) => Promise<Projector>,
  step: (projector: Projector) => Promise<Trial>,
): Promise<CheckedProjector> {
  const float = await open('float32')
  const expected = await step(float).finally(() => float.dispose())
  const half = await attempt(open, step, expected)
  if (typeof half !== 'string') return { projector: half, precision: 'float16' }
  return { projector: await open('float32'), precision: 'float32', reason: half }
}

/** The projector in float16, or why it does not do. */
async function attempt(
  open: (precision: Precision) => Promise<Projector>,
  step: (projector: Projector) => Promise<Trial>,
  expected: Trial,
): Promise<Projector | string> {
  let half: Projector | undefined
  let fault: string | undefined
  try {
    half = await open('float16')
    fault = faultOf(await step(half), expected)
  } catch (error) {
    if (!(error instanceof MienError)) throw error
    fault = error.message.replace(/\.$/, '')
  }
  if (half !== undefined && fault === undefined) return half
  // A device that cannot compute in halves need not be able to end it either.
  await half?.dispose().catch(() => undefined)
  return fault ?? ''
}

/** What is wrong with the found trial, if something is. */
export function faultOf(found: Trial, expected: Trial): string | undefined {
  for (const [name, value] of Object.entries(expected.metrics) as [keyof Metrics, number][]) {
    const gap = relativeGap([found.metrics[name] ?? Number.NaN], [value])
    if (!(gap <= bounds.term)) return `the term "${name}" differs by ${percent(gap)}`
  }
  const gap = relativeGap(found.gradient.data, expected.gradient.data)
  return gap <= bounds.gradient ? undefined : `the gradient differs by ${percent(gap)}`
}

function percent(gap: number): string {
  return `${(100 * gap).toFixed(1)} %`
}
