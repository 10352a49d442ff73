import { hostProcess } from '../../dist/node/worker/host-process.js'

// An engine whose steps take its process whole: one large message, then steps without a moment for the event loop.
const host = hostProcess()
host.send({ kind: 'snapshot', bytes: new Uint8Array(8 * 2 ** 20) })
await host.delivered()
host.send({ kind: 'change' })
const end = performance.now() + 3000
while (performance.now() < end);
process.disconnect()
