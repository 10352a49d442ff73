import { describe, test } from 'vitest'
import { type Provider, providers } from '../../src/engine/runtime.ts'
import { probeProvider } from '../../src/node/runtime/devices.ts'

/** The providers besides the processor that work here. */
async function workingDevices(): Promise<readonly Provider[]> {
  const tried = providers.map((provider) =>
    probeProvider(provider).then(
      () => (provider === 'cpu' ? [] : [provider]),
      () => [],
    ),
  )
  return (await Promise.all(tried)).flat()
}

/** A suite for each device that works here; skipped by name where there is none. */
export async function describeOnDevices(title: string, suite: (device: Provider) => void): Promise<void> {
  const devices = await workingDevices()
  for (const device of devices) describe(`${title} on ${device}`, () => suite(device))
  if (devices.length === 0) test.skip(`${title}: no device besides the processor works here`)
}
