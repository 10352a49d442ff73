import { join, resolve } from 'node:path'
import { Command, Option } from 'commander'
import { type ErrorCode, MienError } from '../../../engine/errors.ts'
import { batchFiles } from '../../batch/batch-files.ts'
import type { Job } from '../../batch/job.ts'
import { type Pairing, pairings } from '../../batch/pairs.ts'
import { type BatchEnd, type BatchWork, oneByOne, runBatch } from '../../batch/run-batch.ts'
import type { JobEnd } from '../../batch/run-job.ts'
import { onQueue } from '../../cluster/follow.ts'
import { forkWorker } from '../../engine/fork.ts'
import type { TargetImages } from '../../engine/protocol.ts'
import { dataFolder, programVersion } from '../../host/folders.ts'
import { readLatent } from '../../runs/kinds/projection/latent-file.ts'
import { keepPace } from '../../runs/pace.ts'
import { runFiles } from '../../runs/record/run-files.ts'
import { makeFolderStore } from '../../store/folder-store.ts'
import { type JobOptions, jobsOfPictures, jobsOfTable, type ListedJob } from '../batch-jobs.ts'
import { batchDisplay, jobJson, tellBatch, tellJob } from '../batch-lines.ts'
import type { CommandContext } from '../context.ts'
import { exitCodeOf, exitCodes } from '../exit-code.ts'
import { tellChoice } from '../face-lines.ts'
import { onInterrupt } from '../interrupt.ts'
import { writeLatentForm } from '../latent-forms.ts'
import { addAlignmentOptions } from '../options.ts'
import { addProjectionOptions } from '../projection-options.ts'
import { queueOption, storeOption, withQueue } from '../queue-options.ts'
import type { Terminal } from '../terminal.ts'

type Options = JobOptions & {
  readonly looks?: string
  readonly landmarks?: string
  readonly pairs?: Pairing
  readonly out: string
  readonly queue?: string
  readonly store?: string
  readonly failFast?: boolean
  readonly json?: boolean
}

/** `mien batch`: many projections, one after the other. */
export function batchCommand(context: CommandContext): Command {
  const command = new Command('batch')
    .summary('project many pairs of pictures, here or on many machines')
    .description(
      'Projects every pair of two lists of pictures, or every row of a table, each into a folder of its own. Ctrl-C stops; the same ' +
        'command goes on where it was stopped or killed, and keeps what is done. With a queue, other machines do the jobs: those on ' +
        'which "mien worker" runs.',
    )
    .argument('[table]', 'jobs, one a row: .csv with a line of names first, .jsonl or .ndjson')
    .option('--looks <pictures>', 'looks: a folder, a pattern such as "faces/*.jpg", or a file')
    .option('--landmarks <pictures>', 'landmark pictures: a folder, a pattern or a file')
    .addOption(
      new Option(
        '--pairs <which>',
        'all: each look with each landmark picture; zip: the first with the first, and so on (default: all)',
      ).choices(pairings),
    )
    .requiredOption('--out <folder>', 'folder for the folders of results')
  const others = command.options.length
  addAlignmentOptions(command)
  addProjectionOptions(command)
  const settings = command.options.slice(others)
  return command
    .addOption(queueOption())
    .addOption(storeOption())
    .option('--fail-fast', 'end at the first job that fails')
    .option('--json', 'print one JSON object a job, each on a line')
    .addHelpText('after', help)
    .action((table: string | undefined, options: Options) => batch(table, options, settings, context))
}

const help = `
A table has the columns look and landmarks, and may have name and any flag of
"mien project" without its dashes, such as steps, seed or landmark-weight; flags
of the command hold for the rows that leave a column empty. Paths in a table are
relative to it. Each job is a folder as "mien project" writes it; batch.csv
lists all of them, and contact-sheet-1.png and so on show them.

The exit code is 0 if all jobs are done, 130 if the batch was stopped, else that
of the first job that failed.

Examples:
  mien batch --looks people --landmarks expressions --out grid
  mien batch --looks me.jpg --landmarks "frames/*.png" --steps 200 --out frames-of-me
  mien batch jobs.csv --likeness off --out sweep
  mien batch --looks people --landmarks expressions --out grid \\
    --queue redis://head:6379 --store /shared/mien`

async function batch(
  table: string | undefined,
  options: Options,
  settings: readonly Option[],
  context: CommandContext,
): Promise<void> {
  const { out, queue, store, failFast = false, json = false } = options
  const { terminal } = context
  const jobs = await jobsOf(table, options, settings)
  const stop = new AbortController()
  const release = onInterrupt(() => {
    terminal.tell(
      queue === undefined
        ? 'Stopping: keeping what there is. Press Ctrl-C again to end at once.'
        : 'Stopping. The jobs stay in the queue, and the same command follows them again; "mien queue drain" takes out those that wait. ' +
            'Press Ctrl-C again to end at once.',
    )
    stop.abort()
  })
  const formOf = new Map(jobs.map(({ name, latentFormat }) => [name, latentFormat]))
  const told = new Set<string>()
  try {
    const events = {
      progress: batchDisplay(terminal),
      runEvents: (job: Job) => runEvents(terminal, job, told),
      ended: async (end: JobEnd) => {
        const form = formOf.get(end.job.name)
        if (form !== undefined && (end.state === 'done' || (end.ran && end.failure === null))) {
          await writeLatentForm(end.folder, await readLatent(join(end.folder, runFiles.latent)), form)
        }
        if (end.pace !== undefined) await keepPace(dataFolder(), end.pace)
        if (json) terminal.print(JSON.stringify(jobJson(end)))
        else tellJob(terminal, end)
      },
    }
    const run = (work: BatchWork) => runBatch(work, { folder: out, jobs, failFast }, events, stop.signal)
    const onMachines = (url: string, folder: string) =>
      withQueue(url, terminal, stop.signal, async (connection) => {
        const means = { connection, store: await makeFolderStore(folder), version: await programVersion() }
        return run(onQueue({ ...means, tell: (sentence) => terminal.tell(sentence) }))
      })
    const ended = await (queue === undefined ? run(oneByOne(forkWorker)) : onMachines(queue, storeFor(store)))
    terminal.status(undefined)
    if (!json) tellBatch(terminal, ended)
    context.exitCode = stop.signal.aborted ? exitCodes.stopped : codeOf(ended)
  } finally {
    release()
  }
}

/** Throws MienError 'wrong-use' unless there is one source of jobs. */
async function jobsOf(
  table: string | undefined,
  options: Options,
  settings: readonly Option[],
): Promise<readonly ListedJob[]> {
  const { looks, landmarks, pairs, out } = options
  if (table !== undefined) {
    const beside = [looks, landmarks, pairs].some((value) => value !== undefined)
    if (beside) throw wrongSource('A table of jobs does not go with --looks, --landmarks or --pairs.')
    if (resolve(table) === resolve(out, batchFiles.table)) {
      throw wrongSource(`${table} is where the batch writes its own table.`)
    }
    return jobsOfTable(table, options, settings)
  }
  if (looks === undefined || landmarks === undefined) {
    throw wrongSource('A batch needs --looks and --landmarks, or a table of jobs.')
  }
  return jobsOfPictures({ looks, landmarks, pairs: pairs ?? 'all', out }, options)
}

/** Throws MienError 'wrong-use' where a queue has no store. */
function storeFor(store: string | undefined): string {
  if (store !== undefined) return store
  throw new MienError('wrong-use', '--queue needs --store.', {
    hint: 'Give a folder that this machine and all workers see.',
  })
}

function wrongSource(message: string): MienError {
  return new MienError('wrong-use', message, { hint: 'See "mien batch --help".' })
}

/** What is told of a run in a batch; of several faces in a picture once, however many jobs take it. */
function runEvents(terminal: Terminal, { name, look, landmarks }: Job, told: Set<string>) {
  return {
    notice: (sentence: string) => terminal.tell(`${name}: ${sentence}`),
    targets({ alignments }: TargetImages) {
      for (const [picture, alignment, flag] of [
        [look, alignments?.look, '--look-face'],
        [landmarks, alignments?.landmarks, '--landmarks-face'],
      ] as const) {
        const isChosen = typeof picture.alignment === 'object' && 'face' in picture.alignment
        tellChoice(terminal, picture.path, alignment, isChosen || told.has(picture.path), flag)
        told.add(picture.path)
      }
    },
  }
}

/** That of the first job that failed. */
function codeOf({ ends }: BatchEnd): number {
  const failure = ends.find((end) => end.failure !== null)?.failure
  if (!failure) return exitCodes.done
  return failure.code === 'unexpected' ? exitCodes.defect : exitCodeOf(failure.code as ErrorCode)
}
