import type { JobName } from '../engine/protocol.ts'
import type { Job, JobTable } from './job-server.ts'

/** Each job is loaded when it is asked for: most engines do one or two, and films alone are a hundred modules. */
function whenAsked<J extends JobName>(load: () => Promise<Job<J>>): Job<J> {
  return async (...asked) => (await load())(...asked)
}

/** The jobs by name. */
export const jobs: JobTable = {
  project: whenAsked(async () => {
    const { projectJob } = await import('./jobs/project.ts')
    const { chooseRuntime } = await import('../runtime/devices.ts')
    // In the app nobody has tried the runtime on a thread.
    if ('electron' in process.versions) return projectJob
    const { onKeptThread, onThread } = await import('./thread-worker.ts')
    return (parameters, events, control) =>
      projectJob(parameters, events, control, chooseRuntime, control.keeps ? onKeptThread : onThread)
  }),
  prepare: whenAsked(async () => {
    const { prepareJob } = await import('./jobs/prepare.ts')
    const { onThread } = await import('./thread-worker.ts')
    return (parameters, events, control) => prepareJob(parameters, events, control, onThread)
  }),
  statistics: whenAsked(async () => (await import('./jobs/statistics.ts')).statisticsJob),
  evaluate: whenAsked(async () => (await import('./jobs/evaluate.ts')).evaluate),
  move: whenAsked(async () => (await import('./jobs/move.ts')).moveJob),
  tune: whenAsked(async () => (await import('./jobs/tune.ts')).tuneJob),
  'weight-gradients': whenAsked(async () => (await import('./jobs/weight-gradients.ts')).weightGradientsJob),
  render: whenAsked(async () => (await import('./jobs/render.ts')).render),
  'generator-side': whenAsked(async () => (await import('./jobs/generator-side.ts')).generatorSide),
  'snapshot-result': whenAsked(async () => (await import('./jobs/snapshot-result.ts')).snapshotResult),
  sample: whenAsked(async () => (await import('./jobs/sample.ts')).sample),
  detect: whenAsked(async () => (await import('./jobs/detect.ts')).detect),
  align: whenAsked(async () => (await import('./jobs/align.ts')).align),
  depict: whenAsked(async () => (await import('./jobs/depict.ts')).depict),
  film: whenAsked(async () => (await import('./jobs/film.ts')).film),
  'film-frame': whenAsked(async () => (await import('./jobs/film-frame.ts')).filmFrame),
  'draw-frame': whenAsked(async () => (await import('./jobs/draw-frame.ts')).drawFrame),
  animate: whenAsked(async () => (await import('./jobs/animate.ts')).animateJob),
  track: whenAsked(async () => (await import('./jobs/track.ts')).trackJob),
  'write-film': whenAsked(async () => (await import('./jobs/write-film.ts')).writeFilm),
  likeness: whenAsked(async () => (await import('./jobs/likeness.ts')).likeness),
  'heat-maps': whenAsked(async () => (await import('./jobs/heat-maps.ts')).heatMapsJob),
  'model-sets': whenAsked(async () => (await import('./jobs/model-sets.ts')).modelSetsJob),
  import: whenAsked(async () => (await import('./jobs/import.ts')).importModel),
  'export-generator': whenAsked(async () => (await import('./jobs/export-generator.ts')).exportGenerator),
  probe: whenAsked(async () => (await import('./jobs/probe.ts')).probe),
}
