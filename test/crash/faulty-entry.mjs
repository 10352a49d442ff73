// The engine's process, which commits the fault MIEN_FAULT = "fault:kind:count" instead of telling its count-th
// message of that kind, or event of that name. Nothing is told after it: messages keep their order, so a snapshot never comes without the
// progress before it.
const [fault, kind, count] = process.env.MIEN_FAULT.split(':')
const faults = {
  abort: () => process.abort(),
  segfault: () => process.kill(process.pid, 'SIGSEGV'),
  bus: () => process.kill(process.pid, 'SIGBUS'),
  killed: () => process.kill(process.pid, 'SIGKILL'),
  exit: () => process.exit(7),
  hang: () => {
    for (;;);
  },
  throw: () => {
    setImmediate(() => {
      throw new Error('a defect outside of any job')
    })
  },
}
const send = process.send.bind(process)
let told = 0
let committed = false
process.send = (message, ...rest) => {
  if (committed) return false
  if ((message.name ?? message.kind) === kind && ++told >= Number(count)) {
    committed = true
    faults[fault]()
    return false
  }
  return send(message, ...rest)
}
await import('../../dist/node/worker/entry.js')
