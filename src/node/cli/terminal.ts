import { codeOf, unwritable } from '../host/file-faults.ts'
import { exitCodes } from './exit-code.ts'

/** What a command writes to. */
export interface Terminal {
  /** Results, one line. */
  print(line: string): void
  /** Messages, one line. */
  tell(line: string): void
  /** A line that the next call replaces, where there is a terminal; `undefined` removes it. */
  status(line: string | undefined): void
  /** Whether a person watches the messages. */
  readonly interactive: boolean
}

/** The process's own output. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process
  stdout.on('error', (error) => {
    // A reader that goes away, as `head` does, is no error.
    if (codeOf(error) === 'EPIPE') return
    const { message, hint } = unwritable('What this command prints', error)
    stderr.write(`mien: ${message} ${hint}\n`)
    process.exit(exitCodes.badInput)
  })
  // There is nothing left to say it to.
  stderr.on('error', () => undefined)
  let shown = false
  const clear = () => {
    if (shown) stderr.write('\r\x1b[K')
    shown = false
  }
  return {
    interactive: stderr.isTTY === true,
    print(line) {
      clear()
      stdout.write(`${line}\n`)
    },
    tell(line) {
      clear()
      stderr.write(`${line}\n`)
    },
    status(line) {
      if (stderr.isTTY !== true) return
      clear()
      if (line === undefined) return
      // Some terminals do not tell their width.
      stderr.write(line.slice(0, Math.max(20, (stderr.columns || 80) - 1)))
      shown = true
    },
  }
}
