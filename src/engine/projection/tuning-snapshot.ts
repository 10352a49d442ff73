import type { FloatTensor } from '../tensor.ts'
import { type Moments, momentTensors } from './optimiser.ts'
import { allFinite } from './projection-state.ts'
import {
  damaged,
  type Fingerprint,
  floatIn,
  momentsIn,
  natural,
  readSnapshotFile,
  snapshotFile,
} from './snapshot-file.ts'
import type { TuningState } from './tuning.ts'

/** A state of a tuning, and what it belongs to. */
export interface TuningSnapshot extends TuningState {
  /** The latent of the look with its own landmarks, which took a search to find. */
  readonly own: FloatTensor
  readonly fingerprint: Fingerprint
}

const mostSteps = 1e9

/** How the names of parameters begin in the file; those of the latent and of the fields have no such beginning. */
const weightPrefix = 'weight/'

/** The bytes of a snapshot; the same snapshot gives the same bytes. */
export function writeTuningSnapshot({ step, random, weights, own, fingerprint }: TuningSnapshot): Uint8Array {
  const tensors = [...weights].flatMap(([name, moments]) =>
    Object.entries(momentTensors(`${weightPrefix}${name}`, moments)),
  )
  return snapshotFile({ own, ...Object.fromEntries(tensors) }, random, { step, fingerprint })
}

/**
 * Reads a snapshot and checks all of it; `name` is for errors.
 *
 * @throws MienError 'bad-file' for one that is damaged, cut short, or of a later version of Mien
 */
export function readTuningSnapshot(bytes: Uint8Array, name: string): TuningSnapshot {
  const { weights: stored, fields, random, fingerprint } = readSnapshotFile(bytes, name)
  const names = [...stored.keys()].filter(
    (key) => key.startsWith(weightPrefix) && !/\.(first|second)$/.test(key),
  )
  const weights = new Map<string, Moments<FloatTensor>>()
  for (const key of names) {
    const moments = momentsIn(stored, key, name)
    const { parameter, first, second } = moments
    const agree = [first, second].every(({ shape }) => shape.join() === parameter.shape.join())
    if (!agree || !Object.values(moments).every(allFinite)) damaged(name, key)
    weights.set(key.slice(weightPrefix.length), moments)
  }
  return {
    step: natural(fields.step, mostSteps) ?? damaged(name, 'step'),
    ...{ random, weights, fingerprint },
    own: floatIn(stored, 'own', name),
  }
}
