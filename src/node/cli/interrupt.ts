import { exitCodes } from './exit-code.ts'

/** After a SIGTERM a step may end and its results be written, but who sends one does not wait for long. */
const graceMilliseconds = 8000

/**
 * Calls `stop` at the first Ctrl-C or SIGTERM; at the second, or some seconds after a SIGTERM, the process ends at once. The
 * function given back takes the listeners away.
 */
export function onInterrupt(stop: () => void): () => void {
  let asked = false
  let grace: NodeJS.Timeout | undefined
  const end = () => process.exit(exitCodes.stopped)
  const listener = (signal: NodeJS.Signals) => {
    if (asked) end()
    asked = true
    // What is over sooner ends sooner.
    if (signal === 'SIGTERM') grace = setTimeout(end, graceMilliseconds).unref()
    stop()
  }
  process.on('SIGINT', listener)
  process.on('SIGTERM', listener)
  return () => {
    clearTimeout(grace)
    process.off('SIGINT', listener)
    process.off('SIGTERM', listener)
  }
}
