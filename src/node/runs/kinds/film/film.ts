import { join } from 'node:path'
import { MienError } from '../../../../engine/errors.ts'
import { pointsInQuad } from '../../../../engine/face/quad.ts'
import type { PhotographWarning } from '../../../../engine/likeness/photograph-film.ts'
import { type SpawnWorker, startEngine } from '../../../engine/client.ts'
import { writeFileAtomic } from '../../../host/files.ts'
import { programVersion } from '../../../host/folders.ts'
import { loadShapeModel } from '../../../models/shape-model.ts'
import type { RecordFile } from '../../record/record-file.ts'
import { runFiles } from '../../record/run-files.ts'
import type { RunEvents } from '../../supervisor.ts'
import type { EndedRun, RunningRun } from '../kind.ts'
import { readFace } from '../tuning/lesson.ts'
import { driverFolder, driverOf } from './film-driver.ts'
import { filmPlan } from './film-plan.ts'
import { type FilmReport, reportOf } from './film-report.ts'
import { startVideo } from './film-video.ts'
import { partProgress } from './part-progress.ts'
import { targetsBytes } from './targets-file.ts'

/** What came of a film. */
export interface FilmRun extends EndedRun {
  /** Paths by what the files hold. */
  readonly files: Readonly<Record<string, string>>
  readonly report: FilmReport
  readonly warnings: readonly PhotographWarning[]
}

/**
 * Makes the film of a record, or goes on where its folder leaves off: the driver is followed once, and everything after that is
 * computed from what lies there. Stopped, it has the frames so far. Rejects with MienError: 'stopped' where there are none.
 */
export async function beginFilm(
  spawn: SpawnWorker,
  record: RecordFile,
  events: RunEvents,
): Promise<RunningRun<FilmRun>> {
  const { folder } = record
  const { film } = record.now
  if (film === undefined) throw new Error('a film without what it is asked for')
  const look = await readFace(film.look, folder)
  const tracking = new AbortController()
  let stopping = false
  let stop = (): void => tracking.abort()
  let abandon = (): void => tracking.abort()
  const told = (part: Parameters<typeof partProgress>[0]) => ({
    ...(events.stage && { stage: events.stage }),
    ...(events.notice && { notice: events.notice }),
    portion: partProgress(part, events.filming),
  })

  async function make(): Promise<FilmRun> {
    const engine = () => startEngine(() => spawn())
    const driver = await driverOf(engine, film!.driver, folder, told('tracking'), tracking.signal)
    throwIfStopped()
    const plan = filmPlan(await loadShapeModel(), film!, driver)
    await writeFileAtomic(join(folder, runFiles.targets), targetsBytes(plan))
    // From here on nothing is asked of the clip but its sound.
    record.change((now) => ({ ...now, resumable: true, steps: plan.frames.length }))
    await record.save()
    const outcome = await write(plan, driver)
    const report = reportOf(await programVersion(), plan, driver, outcome)
    const { count: frames, image, points, warnings, stopped } = outcome
    record.change((now) => ({ ...now, step: frames, identity: report.identity, filmed: report }))
    await record.save()
    return {
      outcome: { stopped, steps: frames, terms: null, image, points, identity: report.identity },
      unmade: [],
      files: {
        ...{ film: film!.video.path, look: join(folder, runFiles.look), driver: join(folder, driverFolder) },
        ...{ targets: join(folder, runFiles.targets), record: join(folder, runFiles.record) },
      },
      ...{ report, warnings },
    }
  }

  async function write(plan: ReturnType<typeof filmPlan>, driver: Awaited<ReturnType<typeof driverOf>>) {
    const engine = startEngine(() => spawn())
    try {
      const video = startVideo(engine, film!, { look, plan, driver }, told('writing'))
      stop = video.stop
      abandon = () => engine.close()
      if (stopping) stop()
      return await video.outcome
    } finally {
      engine.close()
    }
  }

  function throwIfStopped(): void {
    if (stopping) throw new MienError('stopped', 'Stopped before the first frame was made.')
  }

  return {
    finished: make().catch((error: unknown) => {
      // Of an engine that was closed in the middle of a clip only that is told.
      throwIfStopped()
      throw error
    }),
    stop() {
      stopping = true
      stop()
    },
    interrupt() {
      stopping = true
      abandon()
    },
    // It takes no changes, and does not wait.
    pause: () => undefined,
    resume: () => undefined,
    show: () => undefined,
    async steer() {
      throw new MienError('wrong-use', 'A film that is made takes no changes.', {
        hint: 'Wait until it is over.',
      })
    },
  }
}

/** The look's landmarks in its square, as a record shows them. */
export function lookPoints({ look }: { readonly look: Parameters<typeof readFace>[0] }): number[] {
  return [...pointsInQuad(look.points, look.quad)]
}
