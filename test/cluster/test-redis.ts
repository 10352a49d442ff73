import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import { temporaryFolder } from '../cli/mien.ts'
import { type RedisServer, startRedis } from './redis.ts'

/** A server that ends with the test. */
export async function redisServer(...flags: readonly string[]): Promise<RedisServer> {
  const server = await startRedis(temporaryFolder(), flags)
  onTestFinished(server.kill)
  return server
}

/** Speaks to a server as anybody may. */
export function redisClient(url: string): Redis {
  const client = new Redis(url, { maxRetriesPerRequest: null })
  client.on('error', () => undefined)
  onTestFinished(() => client.disconnect())
  return client
}
