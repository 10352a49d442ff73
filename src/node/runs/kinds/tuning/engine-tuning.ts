import { join } from 'node:path'
import type { ProjectionSettings } from '../../../../engine/projection/settings.ts'
import type { FloatTensor } from '../../../../engine/tensor.ts'
import { type SpawnWorker, startEngine } from '../../../engine/client.ts'
import type { Execution } from '../../../engine/execution.ts'
import type { JobEvents } from '../../../engine/protocol.ts'
import type { TuneOutcome, TuningFaces } from '../../../engine/tune-messages.ts'
import { makeFolder } from '../../../host/files.ts'
import { serial } from '../../../host/serial.ts'
import { askedTuning } from '../../../models/asked-tuning.ts'
import type { ModelFiles } from '../../../models/files.ts'
import { recoveryFolder } from '../../record/run-files.ts'
import { newestSnapshot, writeSlot } from '../../record/snapshots.ts'
import { snapshotReaders } from '../snapshot-readers.ts'

/** What a generator is tuned for. */
export interface TuningRequest {
  readonly models: ModelFiles
  /** With the bytes of their pictures. */
  readonly faces: TuningFaces
  /** Those of the search. */
  readonly settings: ProjectionSettings
  /** What a search has found, [1, 1, w_dim] or [1, num_ws, w_dim]; absent where the look alone is taught. */
  readonly latent?: FloatTensor
  readonly execution: Execution
}

/** A generator that is tuned on the photograph of a run. */
export interface RunTuning {
  /** Throws MienError 'stopped' before its first step, 'unwritable', and what the engine refuses. */
  readonly outcome: Promise<TuneOutcome>
  /** Ends it with what it has. */
  stop(): void
  /** Ends it at once; it goes on from its last snapshot. */
  abandon(): void
}

/** Begins, or goes on where the folder of the run has a snapshot. */
export function startTuning(
  spawn: SpawnWorker,
  request: TuningRequest,
  runFolder: string,
  events: Pick<JobEvents, 'stage' | 'device' | 'preview' | 'tuning' | 'notice'>,
): RunTuning {
  const folder = join(runFolder, recoveryFolder, 'tuning')
  const engine = startEngine(spawn)
  const inTurn = serial()
  let stop = (): void => undefined
  let stopped = false
  async function tune(): Promise<TuneOutcome> {
    await makeFolder(folder)
    const kept = await newestSnapshot(folder, snapshotReaders.tuning)
    let newest = kept?.slot
    let failure: unknown
    const tuning = askedTuning(request.models.generator)
    const job = engine.start(
      'tune',
      {
        ...request,
        ...(tuning && { tuning }),
        ...(kept && { snapshot: kept.bytes }),
      },
      {
        ...events,
        snapshot({ bytes }) {
          inTurn(async () => {
            newest = (await writeSlot(folder, newest, bytes)).slot
          }).catch((error: unknown) => {
            failure ??= error
            engine.close()
          })
        },
      },
    )
    stop = job.stop
    if (stopped) stop()
    try {
      const outcome = await job.outcome
      await inTurn(() => undefined)
      if (failure !== undefined) throw failure
      return outcome
    } catch (error) {
      throw failure ?? error
    } finally {
      engine.close()
    }
  }
  return {
    outcome: tune(),
    stop() {
      stopped = true
      stop()
    },
    abandon: engine.close,
  }
}
