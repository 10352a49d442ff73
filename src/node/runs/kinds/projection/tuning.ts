import { join } from 'node:path'
import { packTuning } from '../../../../engine/projection/tuning.ts'
import { readTuningSnapshot } from '../../../../engine/projection/tuning-snapshot.ts'
import { type SpawnWorker, startEngine } from '../../../engine/client.ts'
import type { LikenessFaces } from '../../../engine/likeness-messages.ts'
import type { JobEvents, ProjectOutcome } from '../../../engine/protocol.ts'
import type { TuneOutcome } from '../../../engine/tune-messages.ts'
import { makeFolder } from '../../../host/files.ts'
import { serial } from '../../../host/serial.ts'
import { recoveryFolder } from '../../record/run-files.ts'
import { newestSnapshot, writeSlot } from '../../record/snapshots.ts'
import type { SnapshotReader } from '../snapshot-readers.ts'
import type { ProjectionOrder } from './order.ts'

/** The generator of a run that is tuned on its photograph, once the search is over. */
export interface RunTuning {
  /** Throws MienError 'stopped' before its first step, 'unwritable', and what the engine refuses. */
  readonly outcome: Promise<TuneOutcome>
  /** Ends it with what it has. */
  stop(): void
  /** Ends it at once; it goes on from its last snapshot. */
  abandon(): void
}

const reader: SnapshotReader = (bytes, name) => ({ step: readTuningSnapshot(bytes, name).step, changes: [] })

/** Begins, or goes on where the folder of the run has a snapshot. */
export function startTuning(
  spawn: SpawnWorker,
  { settings, files, provider, threads }: ProjectionOrder,
  faces: LikenessFaces,
  runFolder: string,
  { latent }: Pick<ProjectOutcome, 'latent'>,
  events: Pick<JobEvents, 'tuning' | 'notice'>,
): RunTuning {
  const folder = join(runFolder, recoveryFolder, 'tuning')
  const engine = startEngine(spawn)
  const inTurn = serial()
  let stop = (): void => undefined
  let stopped = false
  async function tune(): Promise<TuneOutcome> {
    await makeFolder(folder)
    const kept = await newestSnapshot(folder, reader)
    let newest = kept?.slot
    let failure: unknown
    const job = engine.start(
      'tune',
      {
        models: files,
        ...{ faces, settings, latent, tuning: packTuning },
        execution: { provider, ...(threads !== undefined && { threads }) },
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
