import { align } from './jobs/align.ts'
import { detect } from './jobs/detect.ts'
import { evaluate } from './jobs/evaluate.ts'
import { importModel } from './jobs/import.ts'
import { probe } from './jobs/probe.ts'
import { projectJob } from './jobs/project.ts'
import { render } from './jobs/render.ts'
import { sample } from './jobs/sample.ts'
import type { JobEvents, JobName, Jobs } from './protocol.ts'

/** Does one job. `shouldStop` is asked between steps; a job that ignores it runs to its end. */
export type Job<J extends JobName> = (
  parameters: Jobs[J]['parameters'],
  events: Required<JobEvents>,
  shouldStop: () => boolean,
) => Promise<Jobs[J]['outcome']>

/** The jobs by name. */
export const jobs: { readonly [J in JobName]: Job<J> } = {
  project: projectJob,
  evaluate,
  render,
  sample,
  detect,
  align,
  import: importModel,
  probe,
}
