import { Command, CommanderError } from 'commander'
import { type ErrorCode, MienError } from '../../engine/errors.ts'
import { programVersion } from '../host/folders.ts'
import { spokenError } from './commander-sentence.ts'
import type { CommandContext } from './context.ts'
import { exitCodeOf, exitCodes } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

type CommandOf = (context: CommandContext) => Command

/** Each command is loaded when it is called for: the studio alone is a hundred modules. */
const commands: ReadonlyMap<string, () => Promise<CommandOf>> = new Map([
  ['project', async () => (await import('./commands/project.ts')).projectCommand],
  ['batch', async () => (await import('./commands/batch.ts')).batchCommand],
  ['worker', async () => (await import('./commands/worker.ts')).workerCommand],
  ['queue', async () => (await import('./commands/queue.ts')).queueCommand],
  ['animate', async () => (await import('./commands/animate.ts')).animateCommand],
  ['tune', async () => (await import('./commands/tune.ts')).tuneCommand],
  ['evaluate', async () => (await import('./commands/evaluate.ts')).evaluateCommand],
  ['render', async () => (await import('./commands/render.ts')).renderCommand],
  ['sample', async () => (await import('./commands/sample.ts')).sampleCommand],
  ['detect', async () => (await import('./commands/detect.ts')).detectCommand],
  ['align', async () => (await import('./commands/align.ts')).alignCommand],
  ['import', async () => (await import('./commands/import.ts')).importCommand],
  ['export', async () => (await import('./commands/export.ts')).exportCommand],
  ['download', async () => (await import('./commands/download.ts')).downloadCommand],
  ['models', async () => (await import('./commands/models.ts')).modelsCommand],
  ['devices', async () => (await import('./commands/devices.ts')).devicesCommand],
  ['serve', async () => (await import('./commands/serve.ts')).serveCommand],
  ['completion', async () => (await import('./commands/completion.ts')).completionCommand],
])

/** The command that a line begins with; all of them for help, for a completion, and for an unknown name. */
function commandsFor([name = '']: readonly string[]): Promise<readonly CommandOf[]> {
  const one = name === 'completion' ? undefined : commands.get(name)
  return Promise.all(one === undefined ? [...commands.values()].map((load) => load()) : [one()])
}

/** Runs one command line (without node and script). Gives the exit code; never throws. */
export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<number> {
  const context: CommandContext = { terminal, exitCode: exitCodes.done }
  const program = buildProgram(context, await commandsFor(argv), await programVersion(), terminal)
  if (argv.length === 0) {
    terminal.tell(program.helpInformation().trimEnd())
    return exitCodes.wrongUse
  }
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return context.exitCode
  } catch (error) {
    terminal.status(undefined)
    return explain(error, argv, terminal)
  }
}

function buildProgram(
  context: CommandContext,
  commands: readonly CommandOf[],
  version: string,
  terminal: Terminal,
): Command {
  const program = new Command('mien')
    .description('Finds the face that has the look of one picture and the landmarks of another.')
    .version(version, '--version', 'print the version')
    .helpCommand(false)
    .addHelpText(
      'after',
      `
"mien <command> --help" explains a command and shows an example.
Exit codes: 0 done, 2 wrong use, 3 bad input, 4 the device failed,
130 stopped with results so far kept.`,
    )
  for (const command of commands) program.addCommand(command(context))
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .helpOption('--help', 'show this help')
      .showSuggestionAfterError(true)
      .configureOutput({
        writeOut: (text) => terminal.print(text.trimEnd()),
        // Errors are written once, by `explain`.
        outputError: () => undefined,
        writeErr: () => undefined,
      })
  }
  return program
}

/** Says what went wrong in one sentence, and what to do in another; gives the exit code. */
function explain(error: unknown, argv: readonly string[], terminal: Terminal): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.done
    const command =
      argv[0]?.startsWith('-') === false && error.code !== 'commander.unknownCommand' ? `${argv[0]} ` : ''
    return fail(
      'wrong-use',
      ended(spokenError(error)),
      `See "mien ${command}--help".`,
      exitCodes.wrongUse,
      argv,
      terminal,
    )
  }
  if (error instanceof MienError) {
    const { code, message, hint } = error
    if (process.env.MIEN_DEBUG) terminal.tell(String(error.stack))
    return fail(code, message, withFlag(code, hint), exitCodeOf(code), argv, terminal)
  }
  const message = `This is a bug in Mien: ${error instanceof Error ? error.message : String(error)}.`
  if (process.env.MIEN_DEBUG && error instanceof Error) terminal.tell(String(error.stack))
  const hint = 'Set MIEN_DEBUG=1, run it again, and report what it prints.'
  return fail('defect', message, hint, exitCodes.defect, argv, terminal)
}

/** The hints of what the window shows too name no flags. */
function withFlag(code: ErrorCode, hint: string | undefined): string | undefined {
  if (code !== 'device') return hint
  return [hint, 'Devices are chosen with --provider, for instance --provider cpu.'].filter(Boolean).join(' ')
}

function fail(
  code: string,
  message: string,
  hint: string | undefined,
  exitCode: number,
  argv: readonly string[],
  terminal: Terminal,
): number {
  terminal.tell(`mien: ${ended(message)}${hint === undefined ? '' : ` ${hint}`}`)
  if (argv.includes('--json')) {
    terminal.print(JSON.stringify({ error: { code, message, hint: hint ?? null } }))
  }
  return exitCode
}

function ended(sentence: string): string {
  return /[.?!)]$/.test(sentence) ? sentence : `${sentence}.`
}
