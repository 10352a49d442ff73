import { MienError } from '../errors.ts'
import type { FloatTensor } from '../tensor.ts'
import type { Moments } from './optimiser.ts'
import { type Descent, freshDescent, isRough } from './quasi-newton.ts'

/** Where a search stands. */
export interface ProjectionState {
  /** Steps done. */
  readonly step: number
  /** [1, 1, w_dim] in W, [1, latentCount, w_dim] in W+. */
  readonly latent: Moments<FloatTensor>
  /** All maps in one row: see noise.ts. */
  readonly noise: Moments<FloatTensor>
  /** While the latent descends by L-BFGS; its moments are then Adam's last. */
  readonly descent?: Descent
  /** The step at which the descent was given up for Adam, as the loss was too rough for it. */
  readonly roughAt?: number
}

/** The state as the next step needs it: a descent begins, ends, or is given up. */
export function stateToStep(state: ProjectionState, descends: boolean): ProjectionState {
  const { step, latent, noise, descent, roughAt } = state
  if (!descends) return descent === undefined && roughAt === undefined ? state : { step, latent, noise }
  if (roughAt !== undefined) return state
  if (descent === undefined) return { ...state, descent: freshDescent }
  return isRough(descent) ? { step, latent, noise, roughAt: step } : state
}

/** The state where something else is aimed at, or other networks judge: what was seen of the loss no longer holds. */
export function stateForNewLoss(state: ProjectionState): ProjectionState {
  return state.descent === undefined ? state : { ...state, descent: freshDescent }
}

/** The part of a state that holds a number that is not finite, if one does. */
export function brokenPart({ latent, noise }: ProjectionState): 'latent' | 'noise' | undefined {
  if (!Object.values(latent).every(allFinite)) return 'latent'
  return Object.values(noise).every(allFinite) ? undefined : 'noise'
}

/** Throws MienError 'device' unless every number of the state is finite. */
export function requireFinite(state: ProjectionState): void {
  const part = brokenPart(state)
  if (part !== undefined) throw brokenOutput('NaN', part)
}

/** Whether a tensor holds neither NaN nor infinities. */
export function allFinite({ data }: FloatTensor): boolean {
  // A sum is not finite if one of its terms is not; large finite ones do not overflow in double precision.
  let sum = 0
  for (let i = 0; i < data.length; i++) sum += data[i]!
  return Number.isFinite(sum)
}

/** What a number that is not finite is reported as. */
export function brokenOutput(value: string, name: string): MienError {
  return new MienError('device', `The device returned ${value} for the ${name}.`, {
    name,
    hint: 'Try again on the processor.',
  })
}
