import { reportOf } from '../engine/failure.ts'
import type { FromWorker, JobEvents, JobName, Jobs, ToWorker } from '../engine/protocol.ts'
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
  let current: { readonly id: number; hear(message: ToWorker): void } | undefined

  async function work(message: Extract<ToWorker, { kind: 'start' }>): Promise<void> {
    const { id } = message
    const events: Required<JobEvents> = {
      stage: (stage) => tell({ kind: 'stage', id, stage }),
      targets: (targets) => tell({ kind: 'targets', id, targets }),
      progress: (progress) => tell({ kind: 'progress', id, progress }),
      preview: (preview) => tell({ kind: 'preview', id, preview }),
      device: (device) => tell({ kind: 'device', id, device }),
      snapshot: (snapshot) => tell({ kind: 'snapshot', id, snapshot }),
      change: (made) => tell({ kind: 'change', id, made }),
      refused: (refused) => tell({ kind: 'refused', id, refused }),
      paused: (paused) => tell({ kind: 'paused', id, paused }),
      portion: (done) => tell({ kind: 'portion', id, done }),
      notice: (sentence) => tell({ kind: 'notice', id, sentence }),
    }
    const control = jobControl(events, delivered)
    current = { id, hear: control.hear }
    try {
      const job = jobs[message.job] as Job<typeof message.job>
      tell({ kind: 'outcome', id, outcome: await job(message.parameters as never, events, control) })
    } catch (error) {
      tell({ kind: 'failure', id, failure: reportOf(error) })
    }
  }

  return (message) => {
    if (message.kind === 'start') void work(message)
    else if (message.id === current?.id) current.hear(message)
  }
}
