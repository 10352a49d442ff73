import * as v from 'valibot'
import { setId, setProgress } from './catalogue.ts'
import { fraction, id, sentence } from './fields.ts'
import { madeChange, metricsRow, preview, run } from './run.ts'

/** What the service tells of its own accord. */
export const events = {
  /** A run began, changed its state, or made progress; several times a second at the most. */
  run: run,
  'run.removed': v.strictObject({ project: id, run: id }),
  /** Steps since the last time, and changes that were made. */
  'run.metrics': v.strictObject({ run: id, rows: v.array(metricsRow), changes: v.array(madeChange) }),
  /** The newest wins: a slow reader misses some. */
  'run.preview': preview,
  /** The order or the members of the queue changed. */
  queue: v.strictObject({ runs: v.array(id) }),
  /** Some project was made, changed, removed or restored, by this window or another. */
  projects: v.strictObject({ projects: v.array(id) }),
  models: v.strictObject({}),
  preferences: v.strictObject({}),
  /** How far an import is, 0..1; null where it cannot be told. */
  'models.progress': v.strictObject({ done: v.nullable(fraction) }),
  /** Something in the catalogue or in what came of its files is different now. */
  catalogue: v.strictObject({}),
  /** Of one set at a time. */
  'catalogue.progress': v.strictObject({ set: setId, progress: setProgress }),
  /** How far a film of a run is, 0..1. */
  'run.film': v.strictObject({ run: id, done: fraction }),
  /** How far the following of a face in a clip of a project is, 0..1. */
  'driver.progress': v.strictObject({ project: id, done: fraction }),
  /** How far a film of a project that is exported is, 0..1. */
  'film.progress': v.strictObject({ project: id, done: fraction }),
  /** The system asks for a project to be shown: its file was opened. */
  'project.open': v.strictObject({ project: id }),
  notice: v.strictObject({ message: sentence, run: v.exactOptional(id) }),
} as const

export type EventName = keyof typeof events
export type EventData<E extends EventName> = v.InferOutput<(typeof events)[E]>
export const eventNames = Object.keys(events) as readonly EventName[]

/** Events that replace what came before of the same run or project, if that was not read yet. */
export const replaceable: ReadonlySet<EventName> = new Set<EventName>([
  'run',
  'run.preview',
  'models.progress',
  'catalogue.progress',
  'run.film',
  'driver.progress',
  'film.progress',
])

/** Tells everyone who listens. */
export type Emit = <E extends EventName>(name: E, data: EventData<E>) => void
