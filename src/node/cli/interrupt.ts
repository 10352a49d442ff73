import { exitCodes } from './exit-code.ts'

/**
 * Calls `stop` at the first Ctrl-C (or SIGTERM); at the second the process ends at once. The function given
 * back takes the listeners away.
 */
export function onInterrupt(stop: () => void): () => void {
  let asked = false
  const listener = () => {
    if (asked) process.exit(exitCodes.stopped)
    asked = true
    stop()
  }
  process.on('SIGINT', listener)
  process.on('SIGTERM', listener)
  return () => {
    process.off('SIGINT', listener)
    process.off('SIGTERM', listener)
  }
}
