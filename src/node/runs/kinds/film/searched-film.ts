import { join } from 'node:path'
import { middleFrame } from '../../../../engine/animation/middle-frame.ts'
import { openDriver } from '../../../drivers/driver.ts'
import { type EngineClient, type SpawnWorker, startEngine } from '../../../engine/client.ts'
import { writeFileAtomic } from '../../../host/files.ts'
import type { ModelFiles } from '../../../models/files.ts'
import { loadShapeModel } from '../../../models/shape-model.ts'
import { sharpCodec } from '../../../runtime/sharp-codec.ts'
import type { RecordFile } from '../../record/record-file.ts'
import { runFiles } from '../../record/run-files.ts'
import type { RunEvents } from '../../supervisor.ts'
import type { EndedRun, RunningRun } from '../kind.ts'
import { readFace } from '../tuning/lesson.ts'
import { driverFolder } from './film-driver.ts'
import { startFrames } from './film-frames.ts'
import type { openFilmMemory } from './film-memory.ts'
import { filmPlan } from './film-plan.ts'
import { writeFilmResults } from './film-results.ts'
import type { KeptFilm } from './kept-film.ts'
import { runningFilm } from './running-film.ts'

/**
 * Searches for the frames of a film that is drawn, or goes on with it. No file is written but in the folder of the run, which has its driver
 * and its look: the film is looked at and taken out frame by frame. Throws MienError as these are read, and rejects as `startFrames` does.
 */
export async function beginSearchedFilm(
  spawn: SpawnWorker,
  record: RecordFile,
  { search, ...film }: KeptFilm & { readonly search: NonNullable<KeptFilm['search']> },
  models: ModelFiles,
  openMemory: typeof openFilmMemory,
  events: RunEvents,
): Promise<RunningRun> {
  const { folder } = record
  const look = await readFace(film.look, folder)
  const driver = await openDriver(join(folder, driverFolder))
  const plan = filmPlan(await loadShapeModel(), film, driver)
  const targets = plan.frames.map(({ target }) => target)
  const memory = await openMemory(folder, search.steps, search.reference ? targets[0] : undefined)
  const step = targets.filter((target) => memory.blocks.find({ target }) !== undefined).length
  record.change((now) => ({ ...now, resumable: true, step, steps: targets.length }))
  await record.save()
  const needs = { look, plan, models, memory, provider: record.now.setup.device }
  const { outcome, stop, pause, resume, show, abandon } = startFrames(spawn, search, film, needs, events)
  let engine: EngineClient | undefined

  async function ended(): Promise<EndedRun> {
    const found = await outcome
    const { painter, latents } = found
    const middle = middleFrame(targets)
    engine = startEngine(() => spawn())
    try {
      const { generator, noise, execution } = painter
      const drawn = engine.start('render', { generator, noise, execution, latent: latents[middle]! })
      const { image } = await drawn.outcome
      await writeFilmResults(folder, plan, found)
      await writeFileAtomic(join(folder, runFiles.result), await sharpCodec.encodePng(image))
      const points = targets[middle]!
      return { outcome: { stopped: false, steps: targets.length, terms: null, image, points }, unmade: [] }
    } finally {
      engine.close()
    }
  }

  return runningFilm({
    finished: ended(),
    ...{ stop, pause, resume, show },
    interrupt() {
      abandon()
      engine?.close()
    },
  })
}
