import type { Command } from 'commander'
import { MienError } from '../../engine/errors.ts'
import { forkWorker } from '../engine/fork.ts'
import { dataFolder } from '../host/folders.ts'
import { type FilmChange, resumeFilmRun } from '../runs/film-run.ts'
import type { EndedRun, RunningRun } from '../runs/kinds/kind.ts'
import type { ProjectionRun } from '../runs/kinds/projection/projection.ts'
import { keepPace } from '../runs/pace.ts'
import { resumeRun } from '../runs/run.ts'
import type { RunEvents } from '../runs/supervisor.ts'
import { kindOfRunIn, resumeTuningRun } from '../runs/tuning-run.ts'
import type { CommandContext } from './context.ts'
import { exitCodes } from './exit-code.ts'
import { onInterrupt } from './interrupt.ts'
import { type LatentForm, writeLatentForm } from './latent-forms.ts'
import { progressDisplay } from './progress.ts'
import { tellFilm, tellProjection, tellTuning } from './run-reports.ts'

/** Shows a run until it ends; Ctrl-C stops it. */
export async function followRun<E extends EndedRun>(
  context: CommandContext,
  start: (events: RunEvents) => Promise<RunningRun<E>>,
): Promise<E> {
  const { terminal } = context
  let running: RunningRun<E> | undefined
  let stopped = false
  const release = onInterrupt(() => {
    terminal.tell('Stopping: keeping what there is. Press Ctrl-C again to end at once.')
    stopped = true
    running?.stop()
  })
  try {
    running = await start(progressDisplay(terminal))
    if (stopped) running.stop()
    const run = await running.finished
    terminal.status(undefined)
    if (run.outcome.stopped) context.exitCode = exitCodes.stopped
    return run
  } finally {
    release()
  }
}

/** What concerns what is told and written at the end. */
interface EndOptions {
  readonly latentFormat?: LatentForm
  readonly json?: boolean
}

/** What `--resume` takes; the run itself keeps all else. */
export interface ResumeOptions extends EndOptions {
  readonly resume: string
}

/** Writes and tells what came of a projection. Throws MienError 'unwritable'. */
export async function endProjection(
  { terminal }: CommandContext,
  out: string,
  { json = false, latentFormat }: EndOptions,
  run: ProjectionRun,
): Promise<void> {
  const { pace } = run.outcome
  if (pace !== undefined) await keepPace(dataFolder(), pace)
  const latentForm = latentFormat && (await writeLatentForm(out, run.outcome.latent, latentFormat))
  tellProjection(terminal, out, json, run, latentForm)
}

/** `--resume`, in place of all that the command needs so far. */
export function addResumeOption(command: Command): Command {
  const needed = command.options.filter(({ mandatory }) => mandatory)
  return command
    .option('--resume <folder>', 'continue the stopped or killed run in that folder')
    .on('option:resume', () => {
      for (const option of needed) option.mandatory = false
    })
}

/** Goes on with a run of whatever kind. Throws MienError 'wrong-use' for flags that would change it. */
export async function resume(
  options: ResumeOptions,
  command: Command,
  context: CommandContext,
): Promise<void> {
  requireAlone(command, ['resume', 'latentFormat', 'json'])
  const { resume: folder, json = false } = options
  const { terminal } = context
  const kind = await kindOfRunIn(folder)
  if (kind === 'tuning') {
    const run = await followRun(context, (events) => resumeTuningRun(forkWorker, folder, events))
    tellTuning(terminal, folder, json, run)
  } else if (kind === 'film') await resumeFilm(context, folder, {}, json)
  else {
    const run = await followRun(context, (events) => resumeRun(forkWorker, folder, events))
    await endProjection(context, folder, options, run)
  }
}

/** Goes on with a film, or makes it anew with what is changed of it. */
export async function resumeFilm(
  context: CommandContext,
  folder: string,
  change: FilmChange,
  json: boolean,
): Promise<void> {
  const run = await followRun(context, (events) => resumeFilmRun(forkWorker, folder, change, events))
  tellFilm(context.terminal, folder, json, run)
}

/** Throws MienError 'wrong-use' for flags beside `--resume` other than these. */
export function requireAlone(command: Command, allowed: readonly string[]): void {
  const other = command.options.find(
    (option) =>
      !allowed.includes(option.attributeName()) &&
      command.getOptionValueSource(option.attributeName()) === 'cli',
  )
  if (other === undefined) return
  throw new MienError(
    'wrong-use',
    `--resume goes on with the run as it was; ${other.long} cannot change it.`,
    {
      hint: 'Give --resume alone, or start a new run.',
    },
  )
}
