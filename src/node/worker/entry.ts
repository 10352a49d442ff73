import { jobServer } from './job-server.ts'
import { jobs } from './jobs.ts'
import type { FromWorker } from './protocol.ts'
import { protocolVersion } from './protocol.ts'

/**
 * The engine process: does the jobs that the host sends, one at a time. Ctrl-C in a terminal reaches the
 * whole group of processes; the host decides what it means, so it is ignored here.
 */
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => undefined)
process.on('disconnect', () => process.exit(0))
process.on('message', jobServer(jobs, tell))

function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message)
}

tell({ kind: 'ready', version: protocolVersion })
