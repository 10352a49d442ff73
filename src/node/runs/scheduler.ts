import { MienError } from '../../engine/errors.ts'
import type { Change } from '../../engine/projection/changes.ts'
import type { Emit } from '../../shared/events.ts'
import type { RunState } from '../../shared/run.ts'
import type { SpawnWorker } from '../engine/client.ts'
import { keyedSerial } from '../host/serial.ts'
import type { ProjectStore } from '../projects/project-store.ts'
import type { Covers, NewerPicture } from './cover.ts'
import type { FilmMemories } from './kinds/film/film-memories.ts'
import type { EndedRun, RunningRun } from './kinds/kind.ts'
import { kindOf } from './kinds/kinds.ts'
import { keepPace } from './pace.ts'
import { isSame, type RunQueue } from './queue.ts'
import { failureOf, withNotice } from './record/record.ts'
import { type RunRecorder, recordRun } from './recorder.ts'
import { nameOf, type RunKey, type RunStore } from './store.ts'

export interface SchedulerNeeds {
  readonly projects: ProjectStore
  readonly spawn: SpawnWorker
  /** The folder of all that belongs to the user. */
  readonly home: string
  /** The folder of imported models. */
  readonly library: string
  readonly store: RunStore
  readonly queue: RunQueue
  readonly covers: Covers
  readonly films: Pick<FilmMemories, 'open'>
  readonly emit: Emit
}

/** The run that an engine process works on. */
export interface ActiveRun {
  readonly key: RunKey
  /** Fulfilled once it can be spoken to; rejected where it cannot be begun. */
  readonly projection: Promise<RunningRun>
  /** The newest picture. */
  readonly newest: RunRecorder['newest']
  /** Whether it was told to end. */
  readonly ending: boolean
  /** Fulfilled when the engine has nothing to do with it any more. */
  readonly over: Promise<unknown>
}

/** Lets one run compute at a time, in the order of the queue. */
export interface Scheduler {
  /** The run if an engine process works on it. */
  active(key: RunKey): ActiveRun | undefined
  /** Looks whether a run is to begin, or a paused one to make room; after every change of the queue or of a state in it. */
  wake(): void
  /**
   * Does something with a run that no engine works on, one after the other; its turn does not come before that is done.
   * Undefined, and nothing done, if an engine works on it.
   */
  whileIdle<T>(key: RunKey, work: () => Promise<T>): Promise<T> | undefined
  /**
   * Ends the run, which is then in that state, once what there is was kept. One that made no step is ended at once.
   */
  end(active: ActiveRun, state: 'stopped' | 'paused'): void
  /** Ends the run at once and keeps nothing; its record stays as it is. */
  drop(active: ActiveRun): Promise<void>
  /** As `drop`, for good: it goes on with the next start of the program. */
  close(): Promise<void>
}

interface Current extends ActiveRun {
  ending: boolean
  /** What the run is to be when it ends before its end; undefined leaves its record as it is. */
  endsAs: RunState | undefined
  dropped: boolean
}

export function createScheduler(needs: SchedulerNeeds): Scheduler {
  const { projects, spawn, home, library, store, queue, covers, films, emit } = needs
  let current: Current | undefined
  let closed = false
  /** Fulfilled when the gallery shows what became of the runs that are over. */
  let covered: Promise<unknown> = Promise.resolve()
  /** Of what is done with runs while they wait. */
  const turns = keyedSerial()

  function wake(): void {
    if (closed) return
    const next = queue.members.find((key) => store.show(key).state === 'queued')
    if (next === undefined) return
    if (current === undefined) {
      if (!turns.isBusy(nameOf(next))) current = begin(next)
    }
    // What waits for the user must not keep the others waiting; it goes on from its snapshot later.
    else if (store.show(current.key).state === 'paused') end(current, 'paused')
  }

  function whileIdle<T>(key: RunKey, work: () => Promise<T>): Promise<T> | undefined {
    if (active(key) !== undefined) return undefined
    const outcome = turns.take(nameOf(key), work)
    outcome.catch(() => undefined).then(wake)
    return outcome
  }

  function active(key: RunKey): Current | undefined {
    return current !== undefined && isSame(current.key, key) ? current : undefined
  }

  function begin(key: RunKey): Current {
    store.change(key, (record) => ({ ...record, state: 'starting', failure: null }))
    let recorder: RunRecorder | undefined
    const projection = (async () => {
      await requireOwned(projects, key)
      await store.find(key)
      const record = store.file(key)
      recorder = await recordRun(key, record.folder, needs)
      const read = (sha256: string) => projects.readFile(key.project, sha256)
      const means = {
        ...{ spawn, library, read, project: key.project, openFilmMemory: films.open },
        installed: () => emit('models', {}),
      }
      const started = await kindOf(record.now).begin(record, means, {
        ...recorder.events,
        paused(paused) {
          recorder?.events.paused?.(paused)
          if (paused) wake()
        },
      })
      recorder.begin(started)
      return started
    })()
    const run: Current = {
      key,
      projection,
      get newest() {
        return recorder?.newest
      },
      ending: false,
      endsAs: 'stopped',
      dropped: false,
      over: Promise.resolve(),
    }
    const over = follow(run, () => recorder).finally(() => {
      current = undefined
      wake()
    })
    covered = Promise.all([covered, over.then(cover, () => undefined)])
    return Object.assign(run, { over })
  }

  async function cover(last: NewerPicture | undefined): Promise<void> {
    if (last !== undefined) await covers.show(last.project, last)
  }

  /** Gives the last picture, if there is a result. Never rejects. */
  async function follow(
    run: Current,
    recorder: () => RunRecorder | undefined,
  ): Promise<NewerPicture | undefined> {
    const { key } = run
    try {
      const ended = await (await run.projection).finished
      const { outcome, unmade } = ended
      // A gallery without its newest picture is no reason to lose the run.
      await recorder()
        ?.end(outcome)
        .catch(() => undefined)
      if (run.dropped) return undefined
      const { steps: step, terms, identity = null, pace } = outcome
      if (pace !== undefined) {
        await keepPace(home, pace)
        emit('catalogue', {})
      }
      const state = stateAfter(ended, run)
      const isLate = state === 'done' && unmade.some((change) => !isEnd(change))
      if (isLate) store.note(key, (record) => withNotice(record, cameTooLate))
      await settle(key, state, { step, steps: step, terms: terms && { ...terms }, identity })
      return { ...key, image: outcome.image }
    } catch (error) {
      await recorder()?.end(undefined)
      if (run.dropped) return undefined
      const isAsked = error instanceof MienError && error.code === 'stopped'
      if (isAsked) await settle(key, run.endsAs, {})
      else await settle(key, 'failed', { failure: failureOf(error) })
      return undefined
    }
  }

  async function settle(key: RunKey, state: RunState | undefined, more: object): Promise<void> {
    // Out of the queue first: one that is over and in it would begin again.
    const isOver = state !== undefined && state !== 'paused' && state !== 'queued'
    if (isOver) await queue.remove([key]).catch(() => undefined)
    store.change(key, (record) => ({ ...record, ...more, state: state ?? record.state }))
  }

  function end({ key }: ActiveRun, state: 'stopped' | 'paused'): void {
    const run = active(key)
    if (run === undefined) return
    run.endsAs = state
    run.ending = true
    const isBegun = store.show(run.key).state !== 'starting'
    run.projection.then(
      (projection) => (isBegun ? projection.stop() : projection.interrupt()),
      () => undefined,
    )
  }

  async function drop({ key }: ActiveRun): Promise<void> {
    const run = active(key)
    if (run === undefined) return
    run.dropped = true
    run.ending = true
    run.projection.then(
      (projection) => projection.interrupt(),
      () => undefined,
    )
    await run.over
  }

  return {
    active,
    wake,
    whileIdle,
    end,
    drop,
    async close() {
      closed = true
      if (current !== undefined) await drop(current)
      await covered
    },
  }
}

const cameTooLate =
  'A change came after the last step. The result does not show it; it is made when the run goes on.'

/** What a run is after its engine is done with it; undefined leaves its record as it is. */
function stateAfter({ outcome, unmade }: EndedRun, run: Current): RunState | undefined {
  const goesOn = !outcome.stopped && asksForSteps(unmade)
  if (goesOn && !run.ending) return 'queued'
  return outcome.stopped || goesOn ? run.endsAs : 'done'
}

/** Whether a run that made its last step is asked to make more; one that is only to finish has done so. */
function asksForSteps(changes: readonly Change[]): boolean {
  const last = changes.findLast((change) => isEnd(change) || change.kind === 'hold')
  return last !== undefined && !(isEnd(last) && last.after === 0)
}

function isEnd(change: Change): change is Extract<Change, { readonly after: number }> {
  return change.kind === 'finish' || change.kind === 'settle'
}

/** Throws MienError 'wrong-use' for a project that another program has open. */
async function requireOwned(projects: ProjectStore, { project }: RunKey): Promise<void> {
  const { readOnly } = await projects.open(project)
  if (readOnly !== null) throw new MienError('wrong-use', readOnly)
}
