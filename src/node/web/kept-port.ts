import { join } from 'node:path'
import { readTextIfAny, writeFileAtomic } from '../host/files.ts'
import type { WebHost } from './web-host.ts'

/**
 * Starts a host on the port of the last time, so that a page that is open finds it again; on a free one where there was
 * none, or somebody else has it now. Throws what `start` throws, and MienError 'unwritable'.
 */
export async function onKeptPort(
  home: string,
  start: (port: number | undefined) => Promise<WebHost>,
): Promise<WebHost> {
  const path = join(home, 'web-port')
  const kept = (await readTextIfAny(path)) ?? ''
  const port = /^\d{4,5}$/.test(kept) ? Number(kept) : undefined
  const host = await start(port).catch(() => start(undefined))
  if (host.port !== port) await writeFileAtomic(path, String(host.port))
  return host
}
