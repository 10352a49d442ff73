import type { NoiseMap } from '../network/stylegan2/generator.ts'
import { type FloatTensor, floatTensor, sizeOf } from '../tensor.ts'
import type { ProjectionState } from './projection-state.ts'
import { referenceSchedule, type StepRates } from './schedule.ts'

/*
 * At the whole learning rate a search moves about its place from step to step, and with it the picture. What a live run
 * shows and results in is the average of its last states, which holds still.
 */

/** So many steps count at the whole learning rate: see "A picture that holds still" in docs/objective.md. */
const wholeSteps = 8

/** The average of the last states of a search. */
export interface Average {
  /** So many of them count; 1 is the last state itself. */
  readonly steps: number
  /** In the shape of the search's own. */
  readonly latent: FloatTensor
  /** All maps in one row, not normalised. */
  readonly noise: FloatTensor
}

/** With the state that a step at these rates led to. The smaller its rate, the fewer count: at the end the last alone. */
export function averagedWith(
  { latent, noise }: ProjectionState,
  { learningRate }: StepRates,
  before: Average | undefined,
): Average {
  const wanted = Math.round((wholeSteps * learningRate) / referenceSchedule.initialLearningRate)
  const steps = Math.max(1, Math.min(wanted, (before?.steps ?? 0) + 1))
  return {
    steps,
    latent: nearer(before?.latent, latent.parameter, steps),
    noise: nearer(before?.noise, noise.parameter, steps),
  }
}

/** `from` and the part 1 / steps of the way from there to `to`. */
function nearer(from: FloatTensor | undefined, to: FloatTensor, steps: number): FloatTensor {
  if (from === undefined || steps === 1) return to
  return floatTensor(
    to.shape,
    to.data.map((value, i) => from.data[i]! + (value - from.data[i]!) / steps),
  )
}

/** What a search has found. */
export interface Found {
  /** In the shape of the search's own. */
  readonly latent: FloatTensor
  /** All maps in one row, each with mean 0 and mean square 1. */
  readonly noise: FloatTensor
}

/** The average where there is one, else the state. */
export function foundBy(
  state: ProjectionState,
  average: Average | undefined,
  maps: readonly NoiseMap[],
): Found {
  if (average === undefined) return { latent: state.latent.parameter, noise: state.noise.parameter }
  const { steps, latent, noise } = average
  return { latent, noise: steps === 1 ? noise : renormalised(noise, maps) }
}

function renormalised({ shape, data }: FloatTensor, maps: readonly NoiseMap[]): FloatTensor {
  const normal = new Float32Array(data.length)
  let start = 0
  for (const map of maps) {
    const end = start + sizeOf(map.shape)
    let [sum, squares] = [0, 0]
    for (let i = start; i < end; i++) {
      sum += data[i]!
      squares += data[i]! ** 2
    }
    const mean = sum / (end - start)
    const deviation = Math.sqrt(squares / (end - start) - mean ** 2)
    for (let i = start; i < end; i++) normal[i] = (data[i]! - mean) / deviation
    start = end
  }
  return floatTensor(shape, normal)
}
