import { join } from 'node:path'
import type { ProjectionSettings } from '../../../../engine/projection/settings.ts'
import type { FloatTensor } from '../../../../engine/tensor.ts'
import { type EngineClient, type RunningJob, type SpawnWorker, startEngine } from '../../../engine/client.ts'
import type { Execution } from '../../../engine/execution.ts'
import type { JobEvents } from '../../../engine/protocol.ts'
import type { TuneOutcome, TuningFaces } from '../../../engine/tune-messages.ts'
import { makeFolder } from '../../../host/files.ts'
import { serial } from '../../../host/serial.ts'
import { askedTuning } from '../../../models/asked-tuning.ts'
import type { ModelFiles } from '../../../models/files.ts'
import { recoveryFolder } from '../../record/run-files.ts'
import { newestSnapshot, writeSlot } from '../../record/snapshots.ts'
import { type ReplacedWork, withReplacement } from '../../replaced-engine.ts'
import { sentence } from '../../supervisor.ts'
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

/**
 * Begins, or goes on where the folder of the run has a snapshot. The outcome rejects with MienError 'stopped' before its first
 * step, 'unwritable', and what the engine refuses.
 */
export function startTuning(
  spawn: SpawnWorker,
  request: TuningRequest,
  runFolder: string,
  events: Pick<JobEvents, 'stage' | 'device' | 'preview' | 'tuning' | 'notice'>,
): ReplacedWork<TuneOutcome> {
  const folder = join(runFolder, recoveryFolder, 'tuning')

  async function attempt(own: EngineClient, begun: (job: RunningJob<'tune'>) => void): Promise<TuneOutcome> {
    await makeFolder(folder)
    const kept = await newestSnapshot(folder, snapshotReaders.tuning)
    const tuning = askedTuning(request.models.generator)
    const inTurn = serial()
    let newest = kept?.slot
    let failure: unknown
    const job = own.start(
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
            own.close()
          })
        },
      },
    )
    begun(job)
    try {
      const outcome = await job.outcome
      await inTurn(() => undefined)
      if (failure !== undefined) throw failure
      return outcome
    } catch (error) {
      // What is on its way to the disk is what the next one goes on from.
      await inTurn(() => undefined)
      throw failure ?? error
    }
  }

  return withReplacement(
    () => startEngine(() => spawn('tuning')),
    attempt,
    async (error) => {
      const step = (await newestSnapshot(folder, snapshotReaders.tuning))?.step ?? 0
      events.notice?.(`${sentence(error)}. Going on from step ${step}.`)
    },
  )
}
