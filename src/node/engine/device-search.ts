import { type Provider, providers } from '../../engine/runtime.ts'
import type { Device } from '../../shared/models.ts'
import { type SpawnWorker, startEngine } from './client.ts'

/** Tries a provider; rejects with the reason where it does not work. */
export type Probe = (provider: Provider) => Promise<{ readonly worthwhile: boolean }>

/** Tries every provider, one after the other; rejects with MienError 'stopped' alone. */
export async function findDevices(
  probe: Probe,
  onTry: (provider: Provider) => void = () => undefined,
): Promise<readonly Device[]> {
  const found: Device[] = []
  for (const provider of providers) {
    onTry(provider)
    found.push(await tryDevice(provider, probe))
  }
  return found
}

async function tryDevice(provider: Provider, probe: Probe): Promise<Device> {
  try {
    const { worthwhile } = await probe(provider)
    return { provider, works: true, worthwhile, reason: null }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if ('code' in error && error.code === 'stopped') throw error
    return { provider, works: false, worthwhile: false, reason: error.message.replace(/\.$/, '') }
  }
}

/** A provider that brings its process down must not take others along: each is tried in a process of its own. */
export function probeApart(spawn: SpawnWorker): Probe {
  return async (provider) => {
    const engine = startEngine(spawn)
    try {
      return await engine.start('probe', { provider }).outcome
    } finally {
      engine.close()
    }
  }
}
