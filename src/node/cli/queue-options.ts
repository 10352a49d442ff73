import { type Command, Option } from 'commander'
import { connectQueue, type QueueConnection } from '../cluster/connection.ts'
import type { Terminal } from './terminal.ts'

export interface QueueOptions {
  readonly queue: string
}

export interface StoreOptions {
  readonly store: string
}

/** `--queue`. */
export function queueOption(): Option {
  return new Option(
    '--queue <url>',
    'queue in Redis or Valkey: redis://host:6379, rediss:// for TLS, redis://user:password@host',
  ).env('MIEN_QUEUE')
}

/** `--store`. */
export function storeOption(): Option {
  return new Option(
    '--store <folder>',
    'folder that all machines of the queue see: pictures, models and results',
  ).env('MIEN_STORE')
}

/** For commands that do nothing without a queue. */
export function addQueueOption(command: Command): Command {
  return command.addOption(queueOption().makeOptionMandatory())
}

/** Connects for the length of `work`. Throws as `connectQueue` does. */
export async function withQueue<T>(
  url: string,
  terminal: Terminal,
  stopped: AbortSignal,
  work: (connection: QueueConnection) => Promise<T>,
): Promise<T> {
  const connection = await connectQueue(url, (sentence) => terminal.tell(sentence), stopped)
  try {
    return await work(connection)
  } finally {
    connection.close()
  }
}
