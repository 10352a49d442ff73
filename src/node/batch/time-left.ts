/** What jobs have cost. A job costs its steps, and what comes before the first and after the last. */
export interface JobCosts {
  readonly jobs: number
  /** Steps that were timed, and how many seconds they took. */
  readonly steps: number
  readonly stepping: number
  /** All other seconds. */
  readonly beside: number
}

export const nothingSpent: JobCosts = { jobs: 0, steps: 0, stepping: 0, beside: 0 }

/** The job under way: steps that were timed, their seconds, the seconds before the first, and steps that are left. */
export interface CurrentJob {
  readonly steps: number
  readonly stepping: number
  readonly before: number
  readonly left: number
}

/** Jobs that are still to come, and their steps. */
export interface ComingJobs {
  readonly jobs: number
  readonly steps: number
}

/** Seconds that are left, if the rest costs as much as what was done; undefined before a step was timed. */
export function secondsLeft(spent: JobCosts, current: CurrentJob, coming: ComingJobs): number | undefined {
  const timed = spent.steps + current.steps
  if (timed === 0) return undefined
  const pace = (spent.stepping + current.stepping) / timed
  const beside = spent.jobs === 0 ? current.before : spent.beside / spent.jobs
  const stillBeside = Math.max(0, beside - current.before)
  return pace * (current.left + coming.steps) + stillBeside + beside * coming.jobs
}
