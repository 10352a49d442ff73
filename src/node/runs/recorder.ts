import { join } from 'node:path'
import { pointsInQuad } from '../../engine/face/quad.ts'
import type { Emit, EventData } from '../../shared/events.ts'
import type { Alignment, Progress, TargetImages } from '../engine/protocol.ts'
import { writeFileAtomic } from '../host/files.ts'
import { throttle } from '../host/throttle.ts'
import { encodePicture } from '../runtime/sharp-codec.ts'
import type { Covers } from './cover.ts'
import type { EndedRun, RunningRun } from './kinds/kind.ts'
import { kindOf } from './kinds/kinds.ts'
import { type EncodedPreview, encodedPreview, livePicture } from './live-picture.ts'
import { openHistory } from './record/history.ts'
import { readMetrics } from './record/metrics.ts'
import { type RunRecord, withNotice } from './record/record.ts'
import { runFiles } from './record/run-files.ts'
import { changeLogOf } from './recovery.ts'
import type { RunKey, RunStore } from './store.ts'
import type { RunEvents } from './supervisor.ts'

/** How often people are told of a run that makes progress. */
const toldMilliseconds = 200

const coverMilliseconds = 30_000

/** How much the last step counts in the running mean of the steps a second. */
const freshness = 0.1

export interface RecorderNeeds {
  readonly store: Pick<RunStore, 'show' | 'change' | 'note' | 'save'>
  readonly covers: Pick<Covers, 'offer'>
  readonly emit: Emit
}

/** What becomes of all that the engine tells of a run. */
export interface RunRecorder {
  readonly events: RunEvents
  /** The newest picture. */
  readonly newest: EncodedPreview | undefined
  /** To be told as soon as there is one to ask for pictures. */
  begin(run: Pick<RunningRun, 'show'>): void
  /** Once no more events come; `outcome` if there is a result. */
  end(outcome: EndedRun['outcome'] | undefined): Promise<void>
}

/** @param isAnew whether what the folder keeps is of an earlier run */
export async function recordRun(
  key: RunKey,
  folder: string,
  { store, covers, emit }: RecorderNeeds,
  isAnew = false,
): Promise<RunRecorder> {
  const history = await openHistory(folder, { isAnew })
  const seconds = secondsSince(isAnew ? 0 : ((await readMetrics(folder, 0, 2)).at(-1)?.seconds ?? 0))
  let running: Pick<RunningRun, 'show'> | undefined
  let newest: EncodedPreview | undefined
  let lastRow = 0
  let stepTime: number | undefined
  /** Of a step, in the mean: messages of several may come at once. */
  let stepSeconds: number | undefined
  let pending: Omit<EventData<'run.metrics'>, 'run'> = { rows: [], changes: [] }
  let ended = false
  let nextCover = Date.now() + coverMilliseconds / 6
  const change = (edit: (record: RunRecord) => RunRecord) => store.change(key, edit)

  const told = throttle(toldMilliseconds, () => {
    emit('run', store.show(key))
    if (pending.rows.length + pending.changes.length === 0) return
    emit('run.metrics', { run: key.run, ...pending })
    pending = { rows: [], changes: [] }
  })

  const live = livePicture(
    () => running?.show(),
    async (encoded, preview) => {
      tell(encoded)
      // The steps of a film are its frames, and not those of its first search.
      if (store.show(key).kind === 'film') return
      await history.offer(encoded, preview)
      if (Date.now() < nextCover) return
      nextCover = Date.now() + coverMilliseconds
      await covers.offer({ ...key, image: preview.image })
    },
  )

  function tell(encoded: EncodedPreview): void {
    newest = encoded
    const { step, image, points } = encoded
    emit('run.preview', { run: key.run, step, image, points: points === null ? null : [...points] })
  }

  function progress({ step, steps, terms, secondsLeft }: Progress): void {
    const now = performance.now()
    if (stepTime !== undefined) {
      const length = (now - stepTime) / 1000
      live.stepTook(length)
      stepSeconds = stepSeconds === undefined ? length : mixed(stepSeconds, length)
    }
    stepTime = now
    if (step > lastRow) pending.rows.push({ step, seconds: seconds(), ...terms })
    lastRow = Math.max(lastRow, step)
    const isFirst = store.show(key).state === 'starting'
    store.note(
      key,
      (record) => ({
        ...record,
        state: kindOf(record).isFinishing(record, step, steps) ? 'finishing' : 'running',
        step,
        steps: finiteOr(steps, null),
        terms: { ...terms },
      }),
      {
        secondsLeft: finiteOr(secondsLeft, null),
        stepsPerSecond: stepSeconds === undefined ? null : finiteOr(1 / stepSeconds, null),
      },
    )
    if (isFirst) store.save(key)
    told.call()
  }

  const events: RunEvents = {
    stage(stage) {
      store.note(key, (record) => record, { stage, secondsLeft: null, stepsPerSecond: null })
      told.call()
    },
    device(device) {
      change((record) => ({ ...record, device }))
      live.begin()
    },
    targets(images) {
      change((record) => ({ ...record, points: { ...record.points, ...pointsOfTargets(images) } }))
      writeTargets(folder, images).catch(noticed)
    },
    progress,
    tuning({ step, steps, secondsLeft }) {
      const isFirst = store.show(key).state === 'starting'
      const passing = { secondsLeft: finiteOr(secondsLeft, null), stepsPerSecond: null }
      store.note(
        key,
        (record) =>
          record.kind === 'tuning'
            ? { ...record, state: 'running', step, steps }
            : { ...record, state: 'finishing' },
        passing,
      )
      if (isFirst) store.save(key)
      told.call()
    },
    filming({ part, done, secondsLeft }) {
      const isFirst = store.show(key).state === 'starting'
      const passing = {
        secondsLeft: finiteOr(secondsLeft, null),
        stepsPerSecond: null,
        filming: { part, done },
      }
      const found = ({ step, steps }: RunRecord) =>
        part === 'searching' && steps !== null ? Math.round(done * steps) : step
      store.note(key, (record) => ({ ...record, state: 'running', step: found(record) }), passing)
      if (isFirst) store.save(key)
      told.call()
    },
    preview: live.offer,
    snapshot: () => store.save(key),
    change({ step, change: made }) {
      pending.changes.push({ step, kind: made.kind })
      told.call()
    },
    refused({ failure }) {
      change((record) => withNotice(record, failure.message))
      restoreSetup().catch(noticed)
    },
    paused(paused) {
      stepTime = undefined
      change((record) => ({ ...record, state: paused ? 'paused' : 'running' }))
    },
    notice: (sentence) => void change((record) => withNotice(record, sentence)),
  }

  /** What is shown of the setup must be what is searched with, or will be. */
  async function restoreSetup(): Promise<void> {
    const { made, unanswered } = await changeLogOf(folder)
    change((record) => ({ ...record, setup: kindOf(record).setupAt(record, [...made, ...unanswered]) }))
  }

  function noticed(error: unknown): void {
    if (!ended) change((record) => withNotice(record, error instanceof Error ? error.message : String(error)))
  }

  return {
    events,
    get newest() {
      return newest
    },
    begin(started) {
      running = started
      live.begin()
    },
    async end(outcome) {
      ended = true
      await live.end()
      told.flush()
      if (outcome === undefined) return
      const { steps: step, image, points } = outcome
      const preview = { step, image, points: points.map((fraction) => fraction * image.width) }
      const encoded = await encodedPreview(preview)
      store.note(key, (record) => ({ ...record, points: { ...record.points, result: Array.from(points) } }))
      tell(encoded)
      await history.offer(encoded, preview, true)
    },
  }
}

function finiteOr<T>(value: number, other: T): number | T {
  return Number.isFinite(value) ? value : other
}

function mixed(mean: number, last: number): number {
  return mean + freshness * (last - mean)
}

/** A clock that goes on from so many seconds. */
function secondsSince(earlier: number): () => number {
  const started = Date.now() - earlier * 1000
  return () => (Date.now() - started) / 1000
}

function pointsOfTargets({ landmarks, points, alignments }: TargetImages): Partial<RunRecord['points']> {
  return {
    look: pointsInside(alignments?.look),
    landmarks: points === undefined ? null : Array.from(points, (pixel) => pixel / landmarks.width),
  }
}

function pointsInside(alignment: Alignment | undefined): number[] | null {
  if (alignment?.points === undefined) return null
  return Array.from(pointsInQuad(alignment.points, alignment.quad))
}

/** So that they can be looked at before the run is over, when they are written with the results. */
async function writeTargets(folder: string, { look, landmarks }: TargetImages): Promise<void> {
  await writeFileAtomic(join(folder, runFiles.look), await encodePicture(look, { format: 'png' }))
  await writeFileAtomic(join(folder, runFiles.landmarks), await encodePicture(landmarks, { format: 'png' }))
}
