import type { Change, RecordedChange } from '../../../engine/projection/changes.ts'
import type { Setup } from '../../../shared/setup.ts'
import type { SpawnWorker } from '../../engine/client.ts'
import type { ProjectOutcome, TargetInput } from '../../engine/protocol.ts'
import type { RunRecord } from '../record/record.ts'
import type { RecordFile } from '../record/record-file.ts'
import type { RunEvents } from '../supervisor.ts'
import type { openFilmMemory } from './film/film-memory.ts'

/** What came of a run. */
export interface EndedRun {
  readonly outcome: Pick<ProjectOutcome, 'stopped' | 'steps' | 'identity' | 'image' | 'points' | 'pace'> & {
    /** Of its search; null where it had none. */
    readonly terms: ProjectOutcome['terms'] | null
  }
  /** Asked for too late to be made, the oldest first; they are made when it goes on. */
  readonly unmade: readonly Change[]
}

/** A run under way. */
export interface RunningRun<E extends EndedRun = EndedRun> {
  /**
   * Rejects with MienError: 'stopped' where there is nothing to keep, 'unwritable', what the engine refuses, or 'device'
   * once the run is put aside. A run that fails after its first step can be taken up again.
   */
  readonly finished: Promise<E>
  /** Ends the search early and keeps what there is. */
  stop(): void
  pause(): void
  resume(): void
  /**
   * Asks a live run for a change. The picture that it needs comes along, is kept first, and gives the change its name.
   * True once it is kept: it is then made, refused with an event, or handed back as unmade; false where the run is over
   * and takes none any more. Throws MienError 'wrong-use' for a run that is not live, and for a change with a field that
   * is missing or wrong, 'unwritable'.
   */
  steer(change: UnnamedChange, picture?: TargetInput): Promise<boolean>
  /** Asks for a preview of the next step; besides it, previews come after changes and with snapshots. */
  show(): void
  /** Ends it at once. It can be taken up again where its last snapshot left it. */
  interrupt(): void
}

/** A change whose picture comes with it. */
export type UnnamedChange = Change extends infer C ? (C extends Change ? Omit<C, 'picture'> : never) : never

/** Where a run of a project finds what it needs. */
export interface RunMeans {
  readonly spawn: SpawnWorker
  /** The folder of imported models. */
  readonly library: string
  /** Its project, by its id. */
  readonly project: string
  /** To be told that the library has another model. */
  installed(): void
  /** What was found for a film; others see how it grows. */
  readonly openFilmMemory: typeof openFilmMemory
  /** A file of its project by its SHA-256. */
  read(sha256: string): Promise<Uint8Array>
}

/** What sets the runs of one kind apart from others for queue, recorder and commands. */
export interface RunKind {
  /** Lets the run of a record begin, or go on where it has kept what it takes. Rejects with MienError. */
  begin(record: RecordFile, means: RunMeans, events: RunEvents): Promise<RunningRun>
  /** What the run was asked for after these changes. */
  setupAt(record: RunRecord, changes: readonly Pick<RecordedChange, 'change'>[]): Setup
  /** Whether a run that is so far comes to its end and is not held any more. */
  isFinishing(record: RunRecord, step: number, steps: number): boolean
}
