import { setTimeout } from 'node:timers/promises'
import { MienError } from '../../engine/errors.ts'
import type { Cluster } from '../../shared/cluster.ts'
import { addressOf, connectQueue, type QueueConnection } from './connection.ts'
import { type JobQueue, openJobQueue } from './job-queue.ts'
import { actOn, overviewOf } from './overview.ts'

interface OpenQueue {
  readonly connection: QueueConnection
  readonly queue: JobQueue
}

/** How long a look at a queue may take, in milliseconds, until it counts as away. */
const patience = 3000

function soon<T>(value: T): Promise<T> {
  return setTimeout(patience, value, { ref: false })
}

const whyNot = (error: unknown) => ({ error })

/** A cluster that is watched until it is closed. */
export interface WatchedQueue extends Cluster {
  close(): Promise<void>
}

/**
 * Looks at a queue whenever it is asked to, and meanwhile waits for it where it is away; nobody waits for that. Throws MienError
 * 'wrong-use' for what is no address of a queue.
 */
export function watchQueue(url: string, tell: (sentence: string) => void): WatchedQueue {
  const address = addressOf(url)
  const stop = new AbortController()
  let open: OpenQueue | undefined
  let opening = connect()
  opening.catch(() => undefined)

  /** Rejects with why it was refused. */
  async function connect(): Promise<void> {
    const connection = await connectQueue(url, tell, stop.signal)
    open = { connection, queue: openJobQueue(connection) }
  }

  /** Undefined while the queue is away: what it is asked then would wait for it. */
  async function answering(): Promise<OpenQueue | undefined> {
    const refused = await Promise.race([opening.then(() => undefined, whyNot), soon(undefined)])
    if (refused !== undefined) {
      // A password may be put right.
      opening = connect()
      opening.catch(() => undefined)
      throw refused.error
    }
    return open?.connection.redis.status === 'ready' ? open : undefined
  }

  return {
    address,
    async state() {
      const found = await answering()
      return found === undefined
        ? null
        : Promise.race([overviewOf(found.queue, found.connection), soon(null)])
    },
    async act(action, jobs) {
      const found = await answering()
      if (found === undefined)
        throw new MienError('wrong-use', 'The queue does not answer now.', {
          hint: 'Try again when it does.',
        })
      return actOn(found.queue, action, jobs)
    },
    async close() {
      stop.abort()
      await opening.catch(() => undefined)
      if (open === undefined) return
      if (open.connection.redis.status === 'ready') await open.queue.close()
      open.connection.close()
    },
  }
}
