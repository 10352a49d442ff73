import type { FoundRun } from './found-runs.ts'
import type { Job } from './job.ts'
import { type ComingJobs, type JobCosts, nothingSpent, secondsLeft } from './time-left.ts'

/** How far a batch is. */
export interface BatchProgress {
  /** Jobs that are over or were passed, of all. */
  readonly over: number
  readonly jobs: number
  /** The names of those under way. */
  readonly running: readonly string[]
  /** Steps that are over, all of those of jobs that were kept or failed; and the steps of all jobs. */
  readonly step: number
  readonly steps: number
  /** For the whole; undefined before anything is known. */
  readonly secondsLeft: number | undefined
}

/** Times a job while it runs. */
export interface JobWatch {
  /** At a step that was made. */
  at(step: number): BatchProgress
  end(): void
}

/** What is to be known of a job to time it. */
export type TimedJob = Pick<Job, 'name'> & {
  readonly order: { readonly settings: { readonly steps: number } }
}

/** @param seconds of a clock that only goes forward */
export function batchClock(
  jobs: readonly TimedJob[],
  found: readonly FoundRun[],
  seconds: () => number = () => performance.now() / 1000,
): { readonly begin: (index: number) => JobWatch } {
  const stepsOf = (i: number) => jobs[i]!.order.settings.steps
  const madeOf = (i: number) => {
    const run = found[i]!
    return run.how === 'stopped' ? Math.min(run.facts.step, stepsOf(i)) : 0
  }
  const indices = [...jobs.keys()]
  const toRun = indices.filter((i) => found[i]!.how !== 'done')
  const steps = sum(indices.map(stepsOf))
  let over = steps - sum(toRun.map(stepsOf))
  let coming: ComingJobs = {
    jobs: toRun.length,
    steps: sum(toRun.map((i) => stepsOf(i) - madeOf(i))),
  }
  let spent: JobCosts = nothingSpent

  return {
    begin(i) {
      coming = { jobs: coming.jobs - 1, steps: coming.steps - (stepsOf(i) - madeOf(i)) }
      const began = seconds()
      let first: Moment | undefined
      let last: Moment | undefined
      const timed = () => ({
        steps: (last?.step ?? 0) - (first?.step ?? 0),
        stepping: (last?.at ?? 0) - (first?.at ?? 0),
      })
      return {
        at(step) {
          last = { step, at: seconds() }
          first ??= last
          const current = { ...timed(), before: first.at - began, left: stepsOf(i) - step }
          return {
            ...{ over: i, jobs: jobs.length, running: [jobs[i]!.name] },
            ...{ step: over + step, steps, secondsLeft: secondsLeft(spent, current, coming) },
          }
        },
        end() {
          over += stepsOf(i)
          const own = timed()
          spent = {
            jobs: spent.jobs + 1,
            steps: spent.steps + own.steps,
            stepping: spent.stepping + own.stepping,
            beside: spent.beside + (seconds() - began - own.stepping),
          }
        },
      }
    },
  }
}

interface Moment {
  readonly step: number
  readonly at: number
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
