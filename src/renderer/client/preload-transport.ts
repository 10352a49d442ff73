import { type Bridge, bridgeName } from '../../shared/bridge.ts'
import { eventNames } from '../../shared/events.ts'
import { ServiceFailure } from './service-failure.ts'
import type { Transport } from './transport.ts'

declare global {
  interface Window {
    readonly [bridgeName]?: Bridge
  }
}

/** Over the bridge of the app, which is never lost. */
export function preloadTransport(bridge: Bridge): Transport {
  return {
    call: (name, parameters) => bridge.call(name, parameters),
    listen(event, connection) {
      for (const name of eventNames) bridge.on(name, (data) => event(name, data))
      connection('connected')
    },
    upload: (file) => bridge.upload(file),
    showFolder: () => bridge.showFolder(),
    async save({ name, bytes }) {
      const outcome = await bridge.save(name, bytes)
      if ('failure' in outcome) throw new ServiceFailure(outcome.failure)
      return outcome.ok === null ? null : { path: outcome.ok as string }
    },
  }
}
