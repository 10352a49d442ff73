import { Redis } from 'ioredis'
import { MienError } from '../../engine/errors.ts'
import { codeOf } from '../host/file-faults.ts'

/** A connection to Redis or Valkey that comes back by itself. */
export interface QueueConnection {
  readonly redis: Redis
  /** Where the queue is, without the password. */
  readonly address: string
  /** Ends it, whatever is still to be said. */
  close(): void
}

/** Between two attempts to connect, in milliseconds: the longest. */
const longestPause = 5000

/**
 * Connects to the queue at an address, for as long as it takes, and again whenever it is gone: what is asked meanwhile waits.
 *
 * @param url redis://[user:password@]host[:port][/database], or rediss:// for TLS
 * @param tell hears in sentences what is waited for
 * @param stopped ends the waiting
 * @throws MienError 'wrong-use' for another address, or if the queue refuses the password; 'stopped'
 */
export async function connectQueue(
  url: string,
  tell: (sentence: string) => void,
  stopped: AbortSignal,
): Promise<QueueConnection> {
  const address = addressOf(url)
  const redis = new Redis(url, connectionOptions)
  const close = () => {
    redis.removeAllListeners()
    // What is cut off on the way is nobody's concern any more.
    redis.on('error', () => undefined)
    redis.disconnect()
  }
  try {
    await firstAnswer(redis, address, tell, stopped)
  } catch (error) {
    close()
    throw error
  }
  tellOutages(redis, address, tell)
  return { redis, address, close }
}

/** As BullMQ's guide to production asks of workers: no command fails because Redis is away. */
const connectionOptions = {
  maxRetriesPerRequest: null,
  connectionName: 'mien',
  connectTimeout: 5000,
  retryStrategy: (attempt: number) => Math.min(100 * 2 ** attempt, longestPause),
}

/** Where a queue is, without the password. Throws MienError 'wrong-use' for what is no address of a queue. */
export function addressOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed !== undefined && /^rediss?:$/.test(parsed.protocol) && parsed.hostname !== '') {
    return `${parsed.hostname}:${parsed.port || 6379}`
  }
  // The text may hold a password.
  throw new MienError('wrong-use', 'That is no address of a queue.', {
    hint: 'Give redis://host:6379, redis://user:password@host:6379, or rediss:// for TLS.',
  })
}

function firstAnswer(
  redis: Redis,
  address: string,
  tell: (sentence: string) => void,
  stopped: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const waiting = outageTeller(address, tell)
    const end = (settle: () => void) => {
      redis.off('error', heard)
      stopped.removeEventListener('abort', stop)
      settle()
    }
    function heard(error: Error) {
      const refused = refusalOf(error, address)
      if (refused === undefined) waiting.away(error)
      else end(() => reject(refused))
    }
    const stop = () => end(() => reject(new MienError('stopped', 'Stopped.')))
    redis.on('error', heard)
    stopped.addEventListener('abort', stop)
    if (stopped.aborted) stop()
    redis.ping().then(
      () =>
        end(() => {
          waiting.back()
          resolve()
        }),
      (error: Error) => end(() => reject(refusalOf(error, address) ?? error)),
    )
  })
}

function tellOutages(redis: Redis, address: string, tell: (sentence: string) => void): void {
  const outages = outageTeller(address, tell)
  redis.on('error', outages.away)
  redis.on('close', () => outages.away(undefined))
  redis.on('ready', outages.back)
}

/** Tells each outage once, and its end. */
function outageTeller(address: string, tell: (sentence: string) => void) {
  let isAway = false
  return {
    away(error: Error | undefined) {
      if (isAway) return
      isAway = true
      tell(`The queue at ${address} does not answer${reasonOf(error)}; waiting for it.`)
    },
    back() {
      if (isAway) tell(`The queue at ${address} answers again.`)
      isAway = false
    },
  }
}

function reasonOf(error: Error | undefined): string {
  if (error === undefined) return ''
  return ` (${codeOf(error) || error.message})`
}

/** What no waiting helps against. */
function refusalOf(error: Error, address: string): MienError | undefined {
  const { message } = error
  const refused = (sentence: string, hint: string) =>
    new MienError('wrong-use', sentence, { hint, cause: error })
  if (/^NOAUTH/.test(message)) {
    return refused(`The queue at ${address} asks for a password.`, withPassword)
  }
  if (/^WRONGPASS|invalid password/i.test(message)) {
    return refused(`The queue at ${address} does not know that user and password.`, withPassword)
  }
  if (/^NOPERM/.test(message)) {
    return refused(`The queue at ${address} does not let that user do all that it takes.`, withRights)
  }
  const tls = /certificate|CERT_|ERR_TLS|ERR_SSL|wrong version number|packet length too long/i
  if (!tls.test(`${codeOf(error)} ${message}`)) return undefined
  return refused(`The queue at ${address} and we do not agree on TLS: ${message}.`, aboutTls)
}

const withPassword =
  'Give them in the address: redis://user:password@host:6379, or redis://:password@host:6379.'
const withRights = 'Give its user all commands and keys.'
const aboutTls =
  'Take rediss:// where the server speaks TLS, redis:// where it does not; for an authority of your own set NODE_EXTRA_CA_CERTS to the file of its certificate.'
