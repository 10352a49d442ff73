#!/usr/bin/env node
import process from 'node:process'

try {
  // Not at the top: where the system lets a process open few files, modules cannot be read, and that can be said here.
  const [{ runCommandLine }, { processTerminal }] = await Promise.all([
    import('./program.ts'),
    import('./terminal.ts'),
  ])
  process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal())
} catch (error) {
  if (!['EMFILE', 'ENFILE'].includes(String((error as NodeJS.ErrnoException).code))) throw error
  process.stderr.write(
    'mien: The system allows too few open files. Raise the limit, for instance by ulimit -n 1024.\n',
  )
  process.exitCode = 3
}
