import type { ClusterAction, ClusterJob, ClusterState } from '../../shared/cluster.ts'
import { sentencesOf } from '../../shared/failure.ts'

/** So many of those that wait are named. */
const mostWaiting = 10

/** A queue as people read it. */
export function queueLines({
  address,
  paused,
  counts,
  workers,
  running,
  failed,
  waiting,
}: ClusterState): readonly string[] {
  const named = waiting.slice(0, mostWaiting)
  return [
    `${address}: ${counts.waiting} waiting, ${counts.running} running, ${counts.failed} failed, ${counts.done} done and not fetched.`,
    ...(paused ? ['The queue is paused: no more jobs are begun. "mien queue resume" lets it go on.'] : []),
    workers.length === 0 ? 'No worker is there.' : `Workers: ${workers.join(', ')}.`,
    ...section('Running', running, counts.running, (job) => `${stepsOf(job)}  ${job.worker ?? ''}`),
    ...section('Failed', failed, counts.failed, ({ failure }) =>
      failure === null ? '' : sentencesOf(failure),
    ),
    ...section('Waiting', named, counts.waiting, () => ''),
  ]
}

function section(
  title: string,
  jobs: readonly ClusterJob[],
  count: number,
  more: (job: ClusterJob) => string,
): readonly string[] {
  if (jobs.length === 0) return []
  const rest = count > jobs.length ? [`  and ${count - jobs.length} more`] : []
  return [`${title}:`, ...jobs.map((job) => `  ${job.name}  ${more(job)}`.trimEnd()), ...rest]
}

function stepsOf({ step, steps }: ClusterJob): string {
  return steps === null ? `step ${step}` : `step ${step}/${steps}`
}

/** What was done. */
export function actionLine(action: ClusterAction, count: number | null): string {
  const jobs = count === 1 ? '1 job' : `${count} jobs`
  const lines: Readonly<Record<ClusterAction, string>> = {
    retry: `${jobs} wait again.`,
    remove: `${jobs} taken out.`,
    drain: `${jobs} taken out; what runs is not touched.`,
    pause: 'Paused: jobs under way go on, no more are begun.',
    resume: 'The queue goes on.',
  }
  return lines[action]
}
