import { Command, Option } from 'commander'
import { watchQueue } from '../../cluster/watched-queue.ts'
import { forkWorker } from '../../engine/fork.ts'
import { dataFolder } from '../../host/folders.ts'
import { openHostedStudio } from '../../hosts/hosted-studio.ts'
import { windowFolder } from '../../hosts/window-files.ts'
import { onKeptPort } from '../../web/kept-port.ts'
import { keptToken } from '../../web/kept-token.ts'
import { startWebHost } from '../../web/web-host.ts'
import { wholeNumber } from '../arguments.ts'
import { openBrowser } from '../browser.ts'
import type { CommandContext } from '../context.ts'
import { onInterrupt } from '../interrupt.ts'
import { queueOption } from '../queue-options.ts'

interface Options {
  readonly port?: number
  readonly open: boolean
  readonly queue?: string
  readonly json?: boolean
}

/** `mien serve`: the studio in a browser. */
export function serveCommand(context: CommandContext): Command {
  return new Command('serve')
    .summary('open the studio in a browser')
    .description(
      'Serves the studio to browsers on this machine, and to nobody else. Ctrl-C ends it; a run that is under way goes on the next time.',
    )
    .addOption(
      new Option('--port <number>', 'the port; without it that of the last time, or a free one').argParser(
        wholeNumber(1024, 65_535),
      ),
    )
    .option('--no-open', 'do not open a browser')
    .addOption(queueOption())
    .option('--json', 'print the address as one JSON object')
    .addHelpText(
      'after',
      `
Example, on a machine without a screen:
  mien serve --port 7860 --no-open

Example, to watch a queue of many machines as well:
  mien serve --queue redis://head:6379`,
    )
    .action((options: Options) => serve(options, context))
}

async function serve({ port, open, queue, json }: Options, { terminal }: CommandContext): Promise<void> {
  const home = dataFolder()
  const cluster = queue === undefined ? undefined : watchQueue(queue, (sentence) => terminal.tell(sentence))
  const stopped = new Promise<void>((resolve) => onInterrupt(resolve))
  const studio = await openHostedStudio({ home, spawn: forkWorker, host: 'browser', cluster })
  try {
    const report = (command: string, defect: unknown) => terminal.tell(`${command}: ${explained(defect)}`)
    const token = await keptToken(home)
    const start = (at: number | undefined) =>
      startWebHost({ ...studio, windowFolder: windowFolder(), port: at, token, report })
    const host = port === undefined ? await onKeptPort(home, start) : await start(port)
    if (json) terminal.print(JSON.stringify({ url: host.url }))
    else {
      terminal.print(host.url)
      terminal.tell(
        `From another machine: ssh -L ${host.port}:127.0.0.1:${host.port} with this machine's name, then open that address there.`,
      )
    }
    if (open && !(await openBrowser(host.openingUrl())))
      terminal.tell('No browser could be opened; open the address yourself.')
    await stopped
    terminal.tell('Ending. Once more Ctrl-C ends at once.')
    await host.close()
  } finally {
    await studio.close()
    await cluster?.close()
  }
}

function explained(defect: unknown): string {
  return defect instanceof Error ? (defect.stack ?? defect.message) : String(defect)
}
