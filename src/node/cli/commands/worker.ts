import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { providerChoices } from '../../../shared/settings.ts'
import { workOnQueue } from '../../cluster/job-worker.ts'
import { modelCopies } from '../../cluster/model-copies.ts'
import { forkWorker } from '../../engine/fork.ts'
import { keptEngine } from '../../engine/kept-engine.ts'
import { removeFolder } from '../../host/files.ts'
import { dataFolder, programVersion } from '../../host/folders.ts'
import { makeTemporaryFolder } from '../../host/temporary-folder.ts'
import { awaitFolderStore } from '../../store/folder-store.ts'
import { wholeNumber } from '../arguments.ts'
import type { CommandContext } from '../context.ts'
import { onInterrupt } from '../interrupt.ts'
import { type ExecutionOptions, threadsOption } from '../options.ts'
import {
  addQueueOption,
  type QueueOptions,
  type StoreOptions,
  storeOption,
  withQueue,
} from '../queue-options.ts'
import { workerDisplay } from '../worker-lines.ts'

type Options = QueueOptions &
  StoreOptions &
  Partial<ExecutionOptions> & {
    readonly lease: number
    readonly json?: boolean
  }

/** Shorter leases end with a pause of the machine, longer ones keep jobs of dead workers waiting. */
const leases = { shortest: 2, usual: 120, longest: 3600 }

/** `mien worker`: does the jobs of a queue. */
export function workerCommand(context: CommandContext): Command {
  return addQueueOption(
    new Command('worker')
      .summary('do the jobs of a queue, one after the other')
      .description(
        'Takes jobs that "mien batch --queue" has put into a queue, one by one, until Ctrl-C: then the one under way is given back with ' +
          'what there is of it, and another worker goes on with it. Start one for each graphics card, or for each group of cores.',
      ),
  )
    .addOption(storeOption().makeOptionMandatory())
    .addOption(
      new Option('--provider <name>', 'device that computes, in place of what the jobs ask for').choices(
        providerChoices,
      ),
    )
    .addOption(threadsOption('threads of the processor, in place of what the jobs ask for'))
    .option(
      '--lease <seconds>',
      'after so long without a sign of life from a worker its job is given to another one',
      wholeNumber(leases.shortest, leases.longest),
      leases.usual,
    )
    .option('--json', 'print one JSON object a job, each on a line')
    .addHelpText(
      'after',
      `
The queue and the store can be given in MIEN_QUEUE and MIEN_STORE as well, so
that a password does not show in lists of processes.

Example, on a machine with two graphics cards:
  CUDA_VISIBLE_DEVICES=0 mien worker --queue redis://head:6379 --store /shared/mien
  CUDA_VISIBLE_DEVICES=1 mien worker --queue redis://head:6379 --store /shared/mien`,
    )
    .action((options: Options) => work(options, context))
}

async function work(
  { queue, store: folder, provider, threads, lease, json = false }: Options,
  { terminal }: CommandContext,
): Promise<void> {
  const stop = new AbortController()
  const release = onInterrupt(() => {
    terminal.tell('Stopping: the job under way is given back. Press Ctrl-C again to end at once.')
    stop.abort()
  })
  try {
    const store = await awaitFolderStore(folder, (sentence) => terminal.tell(sentence), stop.signal)
    const locate = await modelCopies(store, join(dataFolder(), 'store-copies'))
    const scratch = await makeTemporaryFolder('worker')
    const engines = keptEngine(forkWorker)
    const name = `${hostname()}:${process.pid}:${randomBytes(3).toString('hex')}`
    const execution = { ...(provider && { provider }), ...(threads && { threads }) }
    try {
      await withQueue(queue, terminal, stop.signal, async (connection) => {
        terminal.tell(`${name} waits for jobs of ${connection.address}. Ctrl-C ends it.`)
        const means = {
          ...{ connection, name, scratch, lease, store, locate, execution },
          ...{ version: await programVersion(), spawn: engines },
        }
        await workOnQueue(means, workerDisplay(terminal, json), stop.signal)
      })
    } finally {
      engines.close()
      await removeFolder(scratch)
    }
  } finally {
    terminal.status(undefined)
    release()
  }
}
