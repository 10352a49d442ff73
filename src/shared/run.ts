import * as v from 'valibot'
import { group, placedPoint } from '../engine/projection/changes.ts'
import { groupWeights, metrics, termWeights } from '../engine/projection/settings.ts'
import { providers } from '../engine/runtime.ts'
import { failure } from './failure.ts'
import { bytes, count, finite, fraction, id, moment, sentence } from './fields.ts'
import { runTitle } from './run-naming.ts'
import { setup } from './setup.ts'

export const runStates = [
  'queued',
  'starting',
  'running',
  'paused',
  'finishing',
  'stopped',
  'done',
  'failed',
] as const
export type RunState = (typeof runStates)[number]

/** The distance of two faces by the recognition network below which they count as one person's. */
export const samePerson = 0.6

/** What is done for a film, one after the other. */
export const filmParts = ['tracking', 'first', 'directions', 'searching', 'writing'] as const
export type FilmPart = (typeof filmParts)[number]

/** States in which an engine process works on the run. */
export const activeStates: readonly RunState[] = ['starting', 'running', 'paused', 'finishing']

/** A line of a run's metrics. */
export const metricsRow = v.strictObject({ step: count, seconds: finite, ...metrics.entries })
export type MetricsRow = v.InferOutput<typeof metricsRow>

/** A run as lists show it, and as it changes. */
export const run = v.strictObject({
  id,
  project: id,
  ...runTitle,
  created: moment,
  state: v.picklist(runStates),
  /** What the engine does before its first step. */
  stage: v.exactOptional(v.picklist(['pictures', 'faces', 'models', 'graph', 'precision'])),
  /** Of a film that is searched: what is done for it, and how far that is, 0..1. */
  filming: v.exactOptional(v.strictObject({ part: v.picklist(filmParts), done: fraction })),
  /** Steps done; of a film frames. */
  step: count,
  /** Steps in all, or frames; null while a live run is held. */
  steps: v.nullable(count),
  secondsLeft: v.nullable(finite),
  stepsPerSecond: v.nullable(finite),
  device: v.nullable(v.picklist(providers)),
  /** After the last step. */
  terms: v.nullable(metrics),
  /** Distance of the result's face from the look's, once it is over: below 0.6 for photographs of one person. */
  identity: v.nullable(finite),
  /** What was asked for, changes while it ran included. */
  setup,
  /** The run and the step that it branched from. */
  parent: v.nullable(v.strictObject({ run: id, step: count })),
  /** Runs that were started in one gesture. */
  batch: v.nullable(id),
  /** When it got its star; absent without one. The project is known by the run that got it last. */
  starred: v.exactOptional(moment),
  /** A generator that is tuned on the photograph of its parent, or a film; absent for a search. */
  kind: v.exactOptional(v.picklist(['tuning', 'film'])),
  /** That it takes no changes: of a tuning, of a film, or begun on the command line; absent for all others. */
  fixed: v.exactOptional(v.literal(true)),
  failure: v.nullable(failure),
  /** Sentences for the user, the newest last. */
  notices: v.pipe(v.array(sentence), v.maxLength(20)),
})
export type Run = v.InferOutput<typeof run>

/** What may be asked of a live run while it runs. Pictures are those of the project. */
export const runChange = v.variant('kind', [
  v.strictObject({ kind: v.literal('weights'), weights: termWeights }),
  v.strictObject({ kind: v.literal('group-weights'), groupWeights }),
  v.strictObject({ kind: v.literal('look'), picture: id }),
  /** The landmarks of these groups, 0..8, come from that picture. */
  v.strictObject({
    kind: v.literal('landmarks'),
    picture: id,
    groups: v.pipe(v.array(group), v.minLength(1), v.maxLength(9)),
  }),
  /** Landmarks dragged by hand, and those given back to their pictures. */
  v.strictObject({
    kind: v.literal('points'),
    placed: v.pipe(v.array(placedPoint), v.maxLength(68)),
    released: v.pipe(v.array(placedPoint.entries.index), v.maxLength(68)),
  }),
])
export type RunChange = v.InferOutput<typeof runChange>

/** A point in the life of a run that can be looked at; a keyframe can be branched from. */
export const runMoment = v.strictObject({ step: count, keyframe: v.boolean() })
export type RunMoment = v.InferOutput<typeof runMoment>

/** A change that was made, for the marks in the chart. */
export const madeChange = v.strictObject({ step: count, kind: v.string() })

/** A picture of a run as it comes: encoded, with its landmarks, 68 x (x, y) as fractions of its square. */
export const preview = v.strictObject({
  run: id,
  step: count,
  image: bytes,
  points: v.nullable(v.pipe(v.array(finite), v.length(136))),
})
export type Preview = v.InferOutput<typeof preview>
