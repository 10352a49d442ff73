import type { FloatTensor } from '../tensor.ts'
import type { Weights } from '../weights.ts'
import type { Average } from './average.ts'
import { parseRecordedChange, type RecordedChange } from './changes.ts'
import { descentFields, descentIn, descentTensors } from './descent-snapshot.ts'
import { momentTensors } from './optimiser.ts'
import { allFinite, brokenPart, type ProjectionState, requireFinite } from './projection-state.ts'
import type { RandomState } from './randomness.ts'
import type { Settling } from './settling.ts'
import {
  damaged,
  type Fingerprint,
  fieldsOf,
  floatIn,
  momentsIn,
  natural,
  readSnapshotFile,
  snapshotFile,
} from './snapshot-file.ts'

/** Where a search stands, whole: with the same networks, pictures and settings it goes on to the same bits. */
export interface SearchState {
  readonly projection: ProjectionState
  /** Where it began, [1, 1, w_dim]: looking for it takes as long as many steps. */
  readonly start?: FloatTensor
  readonly random: RandomState
  /** Made so far, the oldest first. */
  readonly changes: readonly RecordedChange[]
  /** Of a run that rests until its loss has settled, or has done so. */
  readonly settling?: Settling
  /** Of a live run. */
  readonly average?: Average
}

/** A state and the search that it belongs to. */
export interface Snapshot extends SearchState {
  readonly fingerprint: Fingerprint
}

const mostSteps = 1e9

/**
 * The bytes of a snapshot; the same snapshot gives the same bytes.
 *
 * @throws MienError 'device' if a number of the state is not finite
 */
export function writeSnapshot({
  projection,
  start,
  random,
  changes,
  settling,
  average,
  fingerprint,
}: Snapshot): Uint8Array {
  requireFinite(projection)
  const { step, latent, noise, descent, roughAt } = projection
  const averaged = average?.steps
  return snapshotFile(
    {
      ...momentTensors('latent', latent),
      ...momentTensors('noise', noise),
      ...(descent !== undefined && descentTensors(descent)),
      ...(start !== undefined && { start }),
      ...(average !== undefined && { 'latent.average': average.latent, 'noise.average': average.noise }),
    },
    random,
    {
      ...{ step, changes, settling, averaged, fingerprint, roughAt },
      ...(descent !== undefined && { descent: descentFields(descent) }),
    },
  )
}

/**
 * Reads a snapshot and checks all of it; `name` is for errors.
 *
 * @throws MienError 'bad-file' for one that is damaged, cut short, or of a later version of Mien
 */
export function readSnapshot(bytes: Uint8Array, name: string): Snapshot {
  const { weights, fields, random, fingerprint } = readSnapshotFile(bytes, name)
  const latent = momentsIn(weights, 'latent', name)
  const projection: ProjectionState = {
    step: natural(fields.step, mostSteps) ?? damaged(name, 'step'),
    latent,
    noise: momentsIn(weights, 'noise', name),
    ...(fields.descent !== undefined && {
      descent: descentIn(weights, fields.descent, latent.parameter, name) ?? damaged(name, 'descent'),
    }),
    ...(fields.roughAt !== undefined && {
      roughAt: natural(fields.roughAt, mostSteps) ?? damaged(name, 'roughAt'),
    }),
  }
  if (!isSoundState(projection)) damaged(name, 'latent')
  const start = weights.has('start') ? floatIn(weights, 'start', name) : undefined
  if (start !== undefined && !isSoundStart(start, projection)) damaged(name, 'start')
  return {
    projection,
    ...(start !== undefined && { start }),
    random,
    changes: changesIn(fields.changes) ?? damaged(name, 'changes'),
    ...(fields.settling !== undefined && {
      settling: settlingIn(fields.settling) ?? damaged(name, 'settling'),
    }),
    ...(fields.averaged !== undefined && {
      average: averageIn(weights, fields.averaged, projection, name) ?? damaged(name, 'average'),
    }),
    fingerprint,
  }
}

function isSoundStart({ shape, data }: FloatTensor, { latent }: ProjectionState): boolean {
  return shape.join() === [1, 1, latent.parameter.shape[2]].join() && data.every(Number.isFinite)
}

/** Whether the shapes agree with each other and all numbers are finite. */
function isSoundState(state: ProjectionState): boolean {
  const { latent, noise } = state
  const agree = [latent, noise].every((moments) =>
    Object.values(moments).every(({ shape }) => shape.join() === moments.parameter.shape.join()),
  )
  const [latentRank, noiseRank] = [latent.parameter.shape.length, noise.parameter.shape.length]
  return agree && latentRank === 3 && noiseRank === 1 && brokenPart(state) === undefined
}

/** Undefined unless its shapes are those of the state and all its numbers are finite. */
function averageIn(
  weights: Weights,
  averaged: unknown,
  { latent, noise }: ProjectionState,
  file: string,
): Average | undefined {
  const steps = natural(averaged, mostSteps) ?? 0
  const average = {
    steps,
    latent: floatIn(weights, 'latent.average', file),
    noise: floatIn(weights, 'noise.average', file),
  }
  const sound =
    steps > 0 &&
    average.latent.shape.join() === latent.parameter.shape.join() &&
    average.noise.shape.join() === noise.parameter.shape.join() &&
    [average.latent, average.noise].every(allFinite)
  return sound ? average : undefined
}

function changesIn(value: unknown): readonly RecordedChange[] | undefined {
  if (!Array.isArray(value)) return undefined
  const changes = value.map(parseRecordedChange)
  return changes.every((change) => change !== undefined) ? changes : undefined
}

function settlingIn(value: unknown): Settling | undefined {
  const { losses, restEnd } = fieldsOf(value)
  if (!Array.isArray(losses) || !losses.every(Number.isFinite)) return undefined
  if (restEnd === undefined) return { losses }
  const end = natural(restEnd, mostSteps)
  return end === undefined ? undefined : { losses, restEnd: end }
}
