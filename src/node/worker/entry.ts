import { reportOf } from './failure.ts'
import { jobs } from './jobs.ts'
import type { FromWorker, JobEvents, Jobs, ToWorker } from './protocol.ts'
import { protocolVersion } from './protocol.ts'

/**
 * The engine process: does the jobs that the host sends, one at a time. Ctrl-C in a terminal reaches the
 * whole group of processes; the host decides what it means, so it is ignored here.
 */
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => undefined)
process.on('disconnect', () => process.exit(0))

let stopping: number | undefined

process.on('message', (message: ToWorker) => {
  if (message.kind === 'stop') stopping = message.id
  else void work(message)
})

async function work(message: Extract<ToWorker, { kind: 'start' }>): Promise<void> {
  const { id } = message
  const events: Required<JobEvents> = {
    stage: (stage) => tell({ kind: 'stage', id, stage }),
    targets: (targets) => tell({ kind: 'targets', id, targets }),
    progress: (progress) => tell({ kind: 'progress', id, progress }),
    preview: (preview) => tell({ kind: 'preview', id, preview }),
  }
  try {
    const job = jobs[message.job] as (
      parameters: Jobs[typeof message.job]['parameters'],
      events: Required<JobEvents>,
      shouldStop: () => boolean,
    ) => Promise<Jobs[typeof message.job]['outcome']>
    const outcome = await job(message.parameters, events, () => stopping === id)
    tell({ kind: 'outcome', id, outcome })
  } catch (error) {
    tell({ kind: 'failure', id, failure: reportOf(error) })
  }
}

function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message)
}

tell({ kind: 'ready', version: protocolVersion })
