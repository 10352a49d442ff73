import { probeProvider } from '../../runtime/devices.ts'
import type { Jobs } from '../protocol.ts'

/** Tries a provider on a tiny graph. */
export async function probe({ provider }: Jobs['probe']['parameters']): Promise<Jobs['probe']['outcome']> {
  await probeProvider(provider)
  return { provider }
}
