import { setTimeout as sleep } from 'node:timers/promises'
import { Command, Option } from 'commander'
import { MienError } from '../../../engine/errors.ts'
import { licencesOf, type SetProgress } from '../../../shared/catalogue.ts'
import { type Catalogue, readCatalogue, setNamed } from '../../downloads/catalogue.ts'
import { downloadSet } from '../../downloads/download-set.ts'
import { acceptLicences, openLicences } from '../../downloads/licences.ts'
import { startEngine } from '../../engine/client.ts'
import { forkWorker } from '../../engine/fork.ts'
import { shortJobs } from '../../engine/short-jobs.ts'
import { dataFolder } from '../../host/folders.ts'
import type { CommandContext } from '../context.ts'
import { clockDuration } from '../duration.ts'
import { onInterrupt } from '../interrupt.ts'
import { megabytes } from '../model-lines.ts'
import { removePartials, tellPartials } from '../partial-downloads.ts'
import type { Terminal } from '../terminal.ts'

interface Options {
  readonly acceptLicence?: boolean
  readonly partial?: boolean
  readonly forget?: boolean
  readonly catalogue?: string
  readonly json?: boolean
}

/** `mien download`: fetches a set of the catalogue and imports it. */
export function downloadCommand(context: CommandContext): Command {
  return new Command('download')
    .summary('download a set of models and add it to the library')
    .description(
      'Fetches the files of a set that the library lacks, verifies each before anything reads it, and imports them. ' +
        'A download that was stopped or cut goes on where it was. "mien models --available" lists the sets. ' +
        'A proxy is used where HTTPS_PROXY names one.',
    )
    .argument('[set]', 'id of a set; with --partial and --forget also the name of a file')
    .option('--accept-licence', 'accept the licences of the set; asked for once')
    .addOption(
      new Option(
        '--partial',
        'list unfinished downloads of the set, or of all sets, and fetch nothing',
      ).conflicts(['acceptLicence', 'forget']),
    )
    .addOption(
      new Option('--forget', 'remove unfinished downloads of the set, and fetch nothing').conflicts(
        'acceptLicence',
      ),
    )
    .option(
      '--catalogue <file>',
      'a catalogue of your own: a mirror, http://127.0.0.1, or file: for a machine without a network',
    )
    .option('--json', 'print the ids of the models, or the files, as one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  mien download ffhq-256 --accept-licence
  mien download --partial
  mien download ffhq-256 --forget`,
    )
    .action(async (set: string | undefined, options: Options) => {
      const { terminal } = context
      const { partial = false, forget = false, json = false } = options
      const catalogue = await readCatalogue(options.catalogue)
      if (partial) return tellPartials(set, catalogue, json, terminal)
      if (set === undefined) {
        throw new MienError('wrong-use', 'A set is missing.', {
          hint: '"mien models --available" lists them, "mien download --partial" what came so far.',
        })
      }
      return forget
        ? removePartials(set, catalogue, json, terminal)
        : download(set, catalogue, options, terminal)
    })
}

async function download(
  id: string,
  catalogue: Catalogue,
  options: Options,
  terminal: Terminal,
): Promise<void> {
  const home = dataFolder()
  const set = setNamed(catalogue, id)
  for (const { name, url, use } of licencesOf(set)) {
    terminal.tell(`Licence: ${name}, ${url}${use === undefined ? '' : ` ${use}`}`)
  }
  if (options.acceptLicence) await acceptLicences(home, set)
  else if ((await openLicences(home, set)).length > 0) {
    throw new MienError('download', `The licence of "${id}" was not accepted yet.`, {
      name: id,
      hint: 'Read it, and say --accept-licence.',
    })
  }
  const stop = new AbortController()
  const release = onInterrupt(() => stop.abort())
  const jobs = shortJobs(() => startEngine(forkWorker))
  try {
    const models = await downloadSet(set, {
      ...{ home, rules: catalogue.rules, askEngine: jobs.ask, signal: stop.signal },
      onProgress: progressLine(terminal),
      sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
    })
    terminal.status(undefined)
    if (options.json) terminal.print(JSON.stringify({ set: id, models }))
    else for (const model of models) terminal.print(`${model} is in the library.`)
  } finally {
    release()
    jobs.close()
  }
}

/** Where no terminal rewrites its line, a line is written at most so often. */
const [liveMilliseconds, sparseMilliseconds] = [200, 10_000]

function progressLine(terminal: Terminal): (progress: SetProgress) => void {
  let last = Number.NEGATIVE_INFINITY
  return (progress) => {
    const now = performance.now()
    if (now - last < (terminal.interactive ? liveMilliseconds : sparseMilliseconds)) return
    last = now
    if (terminal.interactive) terminal.status(lineOf(progress))
    else terminal.tell(lineOf(progress))
  }
}

function lineOf(progress: SetProgress): string {
  if (progress.stage === 'importing') return `Importing …  ${Math.floor(100 * progress.done)} %`
  const { held, bytes, bytesPerSecond, secondsLeft } = progress
  const speed = bytesPerSecond === null ? [] : [`${megabytes(bytesPerSecond)}/s`]
  const left = secondsLeft === null ? [] : [`${clockDuration(secondsLeft)} left`]
  return ['Downloading …', `${megabytes(held)} of ${megabytes(bytes)}`, ...speed, ...left].join('  ')
}
