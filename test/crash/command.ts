import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** The command as the leader of a group, so that its engine can be killed with it. */
export function startCommand(args: readonly string[]) {
  const script = join(import.meta.dirname, '..', '..', 'dist', 'node', 'cli', 'main.js')
  const child = spawn(process.execPath, [script, ...args], { stdio: 'ignore', detached: true })
  let over = false
  /** The exit code; null if it was killed. */
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (code) => {
      over = true
      resolve(code)
    })
  })
  return { ended, hasEnded: () => over, kill: () => process.kill(-child.pid!, 'SIGKILL') }
}
