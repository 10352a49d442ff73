import { reportOf } from '../engine/failure.ts'
import {
  type FromWorker,
  type JobEvents,
  type JobName,
  type Jobs,
  jobEventNames,
  type ToWorker,
} from '../engine/protocol.ts'
import { type JobControl, jobControl } from './job-control.ts'

/** Does one job. */
export type Job<J extends JobName> = (
  parameters: Jobs[J]['parameters'],
  events: Required<JobEvents>,
  control: JobControl,
) => Promise<Jobs[J]['outcome']>

export type JobTable = { readonly [J in JobName]: Job<J> }

/**
 * Answers the host's messages by doing the jobs, one at a time.
 *
 * @param delivered over when the host has all that it was told; undefined where it has
 */
export function jobServer(
  jobs: JobTable,
  tell: (message: FromWorker) => void,
  delivered: () => Promise<void> | undefined = () => undefined,
): (message: ToWorker) => void {
  let keeps = false
  let current: { readonly id: number; hear(message: ToWorker): void } | undefined

  async function work(message: Extract<ToWorker, { kind: 'start' }>): Promise<void> {
    const { id } = message
    let over = false
    const tellers = jobEventNames.map((name) => [
      name,
      (data: unknown) => {
        // The next job of this process may have the same number.
        if (!over) tell({ kind: 'event', id, name, data } as FromWorker)
      },
    ])
    const events: Required<JobEvents> = Object.fromEntries(tellers)
    const control = jobControl(events, delivered, keeps)
    current = { id, hear: control.hear }
    try {
      const job = jobs[message.job] as Job<typeof message.job>
      const outcome = await job(message.parameters as never, events, control)
      over = true
      tell({ kind: 'outcome', id, outcome })
    } catch (error) {
      over = true
      tell({ kind: 'failure', id, failure: reportOf(error) })
    }
  }

  return (message) => {
    if (message.kind === 'keep') keeps = true
    else if (message.kind === 'start') void work(message)
    else if (message.id === current?.id) current.hear(message)
  }
}
