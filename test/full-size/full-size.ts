import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { hasChromium } from '../web/studio.ts'
import { type CommandLineFigures, measureCommandLine } from './command-line.ts'
import { lackOf, measurePytorch, type PytorchFigures, writeSet } from './pytorch.ts'
import { serveSets } from './set-server.ts'
import { commandLineTable, windowTable } from './tables.ts'
import { type WindowFigures, walk } from './window.ts'

const usage = `npm run test:full-size -- [--sizes 1024,256] [--python python3] [--no-window] [--keep]

Writes networks of full size with random weights in the forms of the files that people download (1.3 GB), serves them on
the loopback, and takes them the whole way: downloaded, searched with, stopped and resumed, rendered, exported, on the
command line and, at the first size, in Chromium; beside PyTorch on the same files. Prints what each part took.
--keep leaves the files in their folder, and says where it is.
`

/** The command line; resolves to the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sizes: { type: 'string', default: '1024,256' },
      python: { type: 'string', default: 'python3' },
      window: { type: 'boolean', default: true },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
    allowNegative: true,
  })
  if (values.help) {
    process.stdout.write(usage)
    return 0
  }
  const lack = lackOf(values.python)
  if (lack !== undefined) return refuse(lack)
  if (values.window && !hasChromium)
    return refuse(
      'There is no Chromium: install it, name it in CHROMIUM, or leave its part out with --no-window.',
    )
  const work = mkdtempSync(join(tmpdir(), 'mien-full-size-'))
  try {
    const sizes = values.sizes.split(',').map(Number)
    const { lines, window } = await measure(work, sizes, values.python, values.window)
    const tables = [commandLineTable(lines), ...(window ? [windowTable(window)] : [])]
    process.stdout.write(`${cpus()[0]?.model ?? 'CPU'}, ${threads} threads\n\n${tables.join('\n\n')}\n`)
  } finally {
    if (values.keep) tell(`everything is in ${work}`)
    else rmSync(work, { recursive: true, force: true })
  }
  return 0
}

const threads = availableParallelism()

const tell = (text: string) => process.stderr.write(`${text}\n`)

function refuse(reason: string): number {
  tell(reason)
  return 1
}

/** What one size took, on the command line and in PyTorch. */
export interface Row {
  readonly mien: CommandLineFigures
  readonly pytorch: PytorchFigures
  /** Of the set. */
  readonly bytes: number
}

async function measure(
  work: string,
  sizes: readonly number[],
  python: string,
  inWindow: boolean,
): Promise<{ readonly lines: ReadonlyMap<number, Row>; readonly window: WindowFigures | undefined }> {
  const set = join(work, 'set')
  mkdirSync(set)
  for (const size of sizes) {
    tell(`writing networks of ${size} x ${size} …`)
    await writeSet(python, size, threads, set)
  }
  const server = await serveSets(set, sizes)
  try {
    const lines = new Map<number, Row>()
    for (const size of sizes) {
      tell(`${size} x ${size} on the command line …`)
      const place = join(work, String(size))
      const mien = await measureCommandLine(size, join(place, 'home'), join(place, 'results'), server)
      tell(`${size} x ${size} in PyTorch …`)
      const pytorch = await measurePytorch(python, size, threads, set, mien)
      lines.set(size, { mien, pytorch, bytes: server.bytesOf(size) })
    }
    if (!inWindow) return { lines, window: undefined }
    tell(`${sizes[0]!} x ${sizes[0]!} in the window …`)
    return { lines, window: await walk(sizes[0]!, server) }
  } finally {
    server.close()
  }
}
