import type { Jobs } from '../../engine/protocol.ts'
import { isWorthwhile, probeProvider } from '../../runtime/devices.ts'

/** Tries a provider on a small graph, and whether it is faster than the processor. */
export async function probe({ provider }: Jobs['probe']['parameters']): Promise<Jobs['probe']['outcome']> {
  await probeProvider(provider)
  return { provider, worthwhile: await isWorthwhile(provider) }
}
