import { runCommandLine } from '../../src/node/cli/program.ts'
import type { Terminal } from '../../src/node/cli/terminal.ts'
import type { Finished } from './mien.ts'

/** Runs a command line in this process: for what the program answers before it does anything. */
export async function spoken(args: readonly string[]): Promise<Finished> {
  let [stdout, stderr] = ['', '']
  const terminal: Terminal = {
    interactive: false,
    print(line) {
      stdout += `${line}\n`
    },
    tell(line) {
      stderr += `${line}\n`
    },
    status: () => undefined,
  }
  const code = await runCommandLine(args, terminal)
  return { code, stdout, stderr }
}
