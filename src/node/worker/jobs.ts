import type { JobTable } from './job-server.ts'
import { align } from './jobs/align.ts'
import { animateJob } from './jobs/animate.ts'
import { depict } from './jobs/depict.ts'
import { detect } from './jobs/detect.ts'
import { evaluate } from './jobs/evaluate.ts'
import { exportGenerator } from './jobs/export-generator.ts'
import { film } from './jobs/film.ts'
import { filmFrame } from './jobs/film-frame.ts'
import { heatMapsJob } from './jobs/heat-maps.ts'
import { importModel } from './jobs/import.ts'
import { likeness } from './jobs/likeness.ts'
import { modelSetsJob } from './jobs/model-sets.ts'
import { moveJob } from './jobs/move.ts'
import { probe } from './jobs/probe.ts'
import { projectJob } from './jobs/project.ts'
import { render } from './jobs/render.ts'
import { sample } from './jobs/sample.ts'
import { snapshotResult } from './jobs/snapshot-result.ts'
import { trackJob } from './jobs/track.ts'
import { tuneJob } from './jobs/tune.ts'
import { weightGradientsJob } from './jobs/weight-gradients.ts'
import { writeFilm } from './jobs/write-film.ts'

/** The jobs by name. */
export const jobs: JobTable = {
  project: projectJob,
  evaluate,
  move: moveJob,
  tune: tuneJob,
  'weight-gradients': weightGradientsJob,
  render,
  'snapshot-result': snapshotResult,
  sample,
  detect,
  align,
  depict,
  film,
  'film-frame': filmFrame,
  animate: animateJob,
  track: trackJob,
  'write-film': writeFilm,
  likeness,
  'heat-maps': heatMapsJob,
  'model-sets': modelSetsJob,
  import: importModel,
  'export-generator': exportGenerator,
  probe,
}
