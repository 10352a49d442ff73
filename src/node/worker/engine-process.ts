import { protocolVersion } from '../engine/protocol.ts'
import { hostProcess } from './host-process.ts'
import { jobServer } from './job-server.ts'
import { jobs } from './jobs.ts'

/**
 * The engine process: does the jobs that the host sends, one at a time. Ctrl-C in a terminal reaches the
 * whole group of processes; the host decides what it means, so it is ignored here.
 */
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => undefined)
const host = hostProcess()
host.onMessage(jobServer(jobs, host.send, host.delivered))
host.send({ kind: 'ready', version: protocolVersion })
