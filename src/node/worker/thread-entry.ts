import { parentPort } from 'node:worker_threads'
import { type FromWorker, protocolVersion, type ToWorker } from '../engine/protocol.ts'
import { jobServer } from './job-server.ts'
import { jobs } from './jobs.ts'

/** An engine on a thread of an engine's process: does the jobs that `threadWorker` sends. */
const send = (message: FromWorker) => parentPort?.postMessage(message)
parentPort?.on('message', jobServer(jobs, send) as (message: ToWorker) => void)
send({ kind: 'ready', version: protocolVersion })
