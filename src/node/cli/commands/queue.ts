import { Argument, Command } from 'commander'
import { type ClusterAction, clusterActions } from '../../../shared/cluster.ts'
import { openJobQueue } from '../../cluster/job-queue.ts'
import { actOn, overviewOf } from '../../cluster/overview.ts'
import type { CommandContext } from '../context.ts'
import { onInterrupt } from '../interrupt.ts'
import { actionLine, queueLines } from '../queue-lines.ts'
import { addQueueOption, type QueueOptions, withQueue } from '../queue-options.ts'

type Options = QueueOptions & { readonly json?: boolean }

/** `mien queue`: what a queue holds. */
export function queueCommand(context: CommandContext): Command {
  return addQueueOption(
    new Command('queue')
      .summary('list the jobs of a queue, retry or remove some')
      .description(
        'Lists what waits, runs and failed in a queue, and its workers. retry: lets jobs that failed wait again; remove: takes out jobs ' +
          'that wait or failed; pause: no more jobs are begun, until resume; drain: takes out all that wait.',
      )
      .addArgument(new Argument('[action]', 'what to do').choices(clusterActions))
      .argument('[jobs...]', 'names or ids of jobs; all of them if none is named'),
  )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  mien queue --queue redis://head:6379
  mien queue retry --queue redis://head:6379
  mien queue remove anna+smile --queue redis://head:6379`,
    )
    .action((action: ClusterAction | undefined, jobs: readonly string[], options: Options) =>
      show(action, jobs, options, context),
    )
}

async function show(
  action: ClusterAction | undefined,
  jobs: readonly string[],
  { queue: url, json = false }: Options,
  { terminal }: CommandContext,
): Promise<void> {
  const stop = new AbortController()
  const release = onInterrupt(() => stop.abort())
  try {
    await withQueue(url, terminal, stop.signal, async (connection) => {
      const queue = openJobQueue(connection)
      try {
        if (action !== undefined) {
          const count = await actOn(queue, action, jobs)
          terminal.print(json ? JSON.stringify({ action, jobs: count }) : actionLine(action, count))
          return
        }
        const state = await overviewOf(queue, connection)
        if (json) terminal.print(JSON.stringify(state))
        else for (const line of queueLines(state)) terminal.print(line)
      } finally {
        await queue.close()
      }
    })
  } finally {
    release()
  }
}
