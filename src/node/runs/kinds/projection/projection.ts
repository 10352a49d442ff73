import { randomUUID } from 'node:crypto'
import { MienError } from '../../../../engine/errors.ts'
import { type Change, parseChange } from '../../../../engine/projection/changes.ts'
import type { SpawnWorker } from '../../../engine/client.ts'
import type {
  ProjectOutcome,
  ProjectParameters,
  TargetImages,
  TargetInput,
} from '../../../engine/protocol.ts'
import { type Deadlines, deadlines } from '../../../engine/silence-watch.ts'
import type { TuneOutcome } from '../../../engine/tune-messages.ts'
import { serial } from '../../../host/serial.ts'
import type { ModelFiles } from '../../../models/files.ts'
import { locatedModels } from '../../../models/resolve.ts'
import { mostFrames } from '../../../video/film.ts'
import type { RecordFile } from '../../record/record-file.ts'
import {
  createRecovery,
  openRecovery,
  type Recovery,
  type ResumePoint,
  readKeyframe,
} from '../../recovery.ts'
import type { ReplacedWork } from '../../replaced-engine.ts'
import { type RunEvents, supervise } from '../../supervisor.ts'
import type { EndedRun, RunningRun, UnnamedChange } from '../kind.ts'
import { startTuning } from '../tuning/engine-tuning.ts'
import { filmRecorder, photographRecorder } from './film-recorder.ts'
import { type LikenessReport, photographOf, type RunPhotograph } from './likeness.ts'
import { type KeptOrder, keptOrderOf, type ProjectionOrder, readOrderPictures } from './order.ts'
import { openResults, type RunResults } from './results.ts'

/** What came of a projection. */
export interface ProjectionRun extends EndedRun {
  readonly outcome: ProjectOutcome
  /** Paths by what the files hold. */
  readonly files: Readonly<Record<string, string>>
  /** Where the result is the look's photograph. */
  readonly likeness?: LikenessReport
}

export type RunningProjection = RunningRun<ProjectionRun>

/** What else a run is begun or taken up with. */
export interface ProjectionMeans {
  readonly limits?: Deadlines
  /** Changes to be made before the first step, with their pictures. */
  readonly opening?: ResumePoint
  /** In place of the models that the record names. */
  readonly models?: ModelFiles
}

/**
 * Projects into the folder of a record. Where it is refused before its first step, nothing but the record is left. Previews
 * come if `events` takes them.
 */
export async function startProjection(
  spawn: SpawnWorker,
  order: ProjectionOrder,
  record: RecordFile,
  events: RunEvents = {},
  { limits = deadlines, opening }: Omit<ProjectionMeans, 'models'> = {},
): Promise<RunningProjection> {
  requireDeviceFor(order)
  const results = await openResults(record, false)
  try {
    const pictures = [order.look, order.landmarks]
    const recovery = await createRecovery(record, { order: keptOrderOf(order), pictures }, opening)
    return conduct({ spawn, order, record, recovery, results, events, limits, isNew: true })
  } catch (error) {
    await results.abandon()
    throw error
  }
}

/**
 * Goes on with a run that was stopped or killed. Throws MienError 'wrong-use' if there is nothing to go on with,
 * 'bad-file' or 'mismatch' for what is damaged or changed, 'unreadable-file' for a model that is not there any more.
 */
export async function resumeProjection(
  spawn: SpawnWorker,
  record: RecordFile,
  events: RunEvents = {},
  { limits = deadlines, models }: Omit<ProjectionMeans, 'opening'> = {},
): Promise<RunningProjection> {
  const recovery = await openRecovery(record)
  try {
    const kept = requireOrder(record)
    const files = models ?? (await locatedModels(kept.files))
    const order = { ...kept, ...(await readOrderPictures(kept, record.folder)), files }
    const results = await openResults(record, true)
    return conduct({ spawn, order, record, recovery, results, events, limits, isNew: false })
  } catch (error) {
    await recovery.close()
    throw error
  }
}

/**
 * Lays a run into the folder of another record as it was at one of its keyframes; `resumeProjection` goes on from there. The
 * run itself may be under way. Throws MienError 'wrong-use' for a step without a keyframe, 'bad-file' or 'mismatch' for
 * what is damaged or changed, 'unwritable'.
 */
export async function branchProjection(from: RecordFile, step: number, branch: RecordFile): Promise<void> {
  const start = await readKeyframe(from, step)
  const order = requireOrder(from)
  const { look, landmarks } = await readOrderPictures(order, from.folder)
  const recovery = await createRecovery(branch, { order, pictures: [look, landmarks] }, start)
  await recovery.close()
}

function requireOrder({ now }: RecordFile): KeptOrder {
  if (now.order === null) throw new Error('a run that goes on has no order')
  return now.order
}

/**
 * Asks a live run that is not under way for a change, which is made when it goes on. Throws as `resumeProjection` and
 * `RunningProjection.steer` do.
 */
export async function steerIdle(
  record: RecordFile,
  change: UnnamedChange,
  picture?: TargetInput,
): Promise<void> {
  const recovery = await openRecovery(record)
  try {
    await recovery.makeAtRest(await nameChange(record, recovery, change, picture))
  } finally {
    await recovery.close()
  }
}

/** Keeps the picture and gives the change its name. Throws as `RunningProjection.steer` does. */
async function nameChange(
  record: RecordFile,
  recovery: Recovery,
  change: UnnamedChange,
  picture: TargetInput | undefined,
): Promise<Change> {
  if (requireOrder(record).settings.live !== true) {
    throw new MienError('wrong-use', 'Only a live run takes changes.', { hint: 'Start it as a live run.' })
  }
  const name = picture === undefined ? undefined : await recovery.addPicture(picture)
  // Checked before it is asked for: the record of a change that cannot be read again would end the list.
  const checked = parseChange({ ...change, picture: name })
  if (checked !== undefined) return checked
  throw new MienError('wrong-use', `The change "${change.kind}" has a field that is missing or wrong.`)
}

/** Throws MienError 'wrong-use' for float16 on the processor, which would only be slower there. */
function requireDeviceFor({ provider, precision }: ProjectionOrder): void {
  if (provider !== 'cpu' || precision !== 'float16') return
  throw new MienError('wrong-use', 'The processor computes in float32; float16 is for graphics cards.', {
    hint: 'Leave out --precision, or choose another --provider.',
  })
}

interface Conducted {
  readonly spawn: SpawnWorker
  readonly order: ProjectionOrder
  readonly record: RecordFile
  readonly recovery: Recovery
  readonly results: RunResults
  readonly events: RunEvents
  readonly limits: Deadlines
  readonly isNew: boolean
}

function conduct({
  spawn,
  order,
  record,
  recovery,
  results,
  events,
  limits,
  isNew,
}: Conducted): RunningProjection {
  const live = order.settings.live === true
  const filmed = () => (order.likeness === undefined ? filmRecorder() : photographRecorder(spawn, events))
  const film = order.film ? filmed() : undefined
  let targets: TargetImages | undefined
  let tuning: ReplacedWork<TuneOutcome> | undefined
  // The log is written in order; its first failure ends the run.
  const inTurn = serial()
  const allLogged = () => inTurn(() => undefined)
  /** Whether it takes no changes any more. */
  let over = false
  /** Whether it was told to end with what there is. */
  let stopping = false
  /** Whether it was so before the generator had learnt anything. */
  let untaught = false
  const run = supervise(
    spawn,
    parametersOf(order, events.preview !== undefined),
    recovery,
    {
      ...events,
      targets(images) {
        film?.targets(images)
        // Every attempt cuts them out anew, the same way.
        if (targets !== undefined) return
        targets = images
        events.targets?.(images)
      },
      progress(progress) {
        inTurn(() => results.measure(progress)).catch((error: unknown) => run.abandon(error))
        events.progress?.(progress)
      },
      preview(preview) {
        if (film !== undefined && preview.points !== undefined) {
          // The frames of an attempt before were in the memory of a process that is gone.
          if (!isNew && !film.begun) events.notice?.(`The film begins at step ${preview.step}.`)
          film.add(preview)
        }
        events.preview?.(preview)
      },
    },
    limits,
  )

  async function finish(): Promise<ProjectionRun> {
    const outcome = await run.outcome
    await allLogged()
    if (targets === undefined) throw new Error('the engine sent no targets')
    if (outcome.steps === 0) {
      throw new MienError('stopped', 'Stopped before the first step; nothing was written.')
    }
    const whole = { ...outcome, seconds: outcome.seconds + results.earlierSeconds }
    const photograph = order.likeness && (await photographOf(spawn, order, order.likeness, targets, outcome))
    const tuned = outcome.stopped ? undefined : await tune(outcome, photograph)
    const video = await film?.finish(photograph)
    const { files, likeness } = await results.finish(whole, targets, { video, photograph, tuned })
    const stopped = outcome.stopped || untaught || tuned?.stopped === true
    // A live run can be taken up again though it is done: more steps, or back to a snapshot.
    if (!stopped && !live) await recovery.remove()
    over = true
    return {
      outcome: { ...whole, stopped },
      files,
      ...(likeness && { likeness }),
      unmade: (await recovery.unanswered()).map(({ change }) => change),
    }
  }

  /** Undefined where the generator is to stay as it is. */
  async function tune(
    outcome: ProjectOutcome,
    photograph: RunPhotograph | undefined,
  ): Promise<TuneOutcome | undefined> {
    if (photograph === undefined || order.likeness?.kind !== 'tune') return undefined
    const { files: models, settings, provider, threads } = order
    const { faces } = photograph
    const { latent } = outcome
    const execution = { provider, ...(threads !== undefined && { threads }) }
    const told = {
      ...(events.tuning && { tuning: events.tuning }),
      ...(events.notice && { notice: events.notice }),
    }
    const request = { models, faces, settings, latent, execution }
    tuning = startTuning(spawn, request, record.folder, told)
    return tuning.outcome.catch((error: unknown) => {
      // Stopped before anything was learnt: what was searched is kept all the same.
      if (!stopping || !(error instanceof MienError) || error.code !== 'stopped') throw error
      untaught = true
      return undefined
    })
  }

  async function fail(error: unknown): Promise<never> {
    over = true
    await allLogged()
    const crashed = recovery.attempts.at(-1)?.end?.how === 'crashed'
    if (isNew && !results.begun && !crashed) await recovery.remove()
    await results.abandon()
    throw error
  }

  return {
    finished: finish()
      .catch(fail)
      .finally(() => recovery.close()),
    stop() {
      stopping = true
      run.stop()
      tuning?.stop()
      film?.stop()
    },
    pause: run.pause,
    resume: run.resume,
    async steer(change, picture) {
      if (over) return false
      const named = await nameChange(record, recovery, change, picture)
      if (over) return false
      const ask = randomUUID()
      await recovery.ask({ ask, change: named })
      run.steer({ ask, change: named, ...(picture === undefined ? {} : { picture }) })
      return true
    },
    show: run.show,
    interrupt() {
      run.abandon(new MienError('stopped', 'The run was interrupted.'))
      tuning?.abandon()
    },
  }
}

function parametersOf(order: ProjectionOrder, isWatched: boolean): ProjectParameters {
  const { look, landmarks, settings, provider, threads, precision } = order
  return {
    models: order.files,
    look,
    landmarks,
    settings,
    execution: {
      provider,
      ...(threads === undefined ? {} : { threads }),
      ...(precision === undefined ? {} : { precision }),
    },
    previewEvery: order.film ? Math.max(1, Math.ceil(settings.steps / mostFrames)) : isWatched ? 'asked' : 0,
  }
}
