import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeSafetensors } from '../../src/engine/checkpoint/safetensors.ts'
import type { Weights } from '../../src/engine/weights.ts'
import { familyOf, watchMemory } from '../full-size/memory.ts'
import { mienScript } from '../full-size/program.ts'
import { photograph } from '../web/dropped.ts'
import { percentile } from '../web/script-time.ts'
import { channelBase, randomFan, randomGenerator, randomVggLpips } from './random-networks.ts'

/** From the start of `mien project` to the end of its first step. */
export interface StartFigures {
  readonly seconds: number
  /** Of the processor, of all processes together; NaN where the system has no /proc. */
  readonly processorSeconds: number
  /** Of the largest process, until then. */
  readonly peakMiB: number
}

export type StartRows = ReadonlyMap<string, StartFigures>

const resolution = 1024

/**
 * Searches with networks of full size, random weights in files, until the first step: of two photographs, and as the reference
 * searches; in turns, and the median of each.
 */
export async function measureStart(repeats: number): Promise<StartRows> {
  const folder = mkdtempSync(join(tmpdir(), 'mien-start-'))
  try {
    const models = writeModels(folder)
    const pictures = ['--look', photograph('sample6.jpg'), '--landmarks', photograph('sample1.jpg')]
    const searches = {
      'two photographs': pictures,
      'as the reference, squares': [...pictures, '--no-align', '--reference'],
    }
    const found = new Map<string, StartFigures[]>(Object.keys(searches).map((name) => [name, []]))
    for (let i = 0; i < repeats; i++) {
      for (const [name, search] of Object.entries(searches)) {
        found.get(name)!.push(await untilFirstStep(folder, [...models, ...search]))
      }
    }
    return new Map([...found].map(([name, figures]) => [name, medianOf(figures)]))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function medianOf(figures: readonly StartFigures[]): StartFigures {
  const median = (name: keyof StartFigures) =>
    percentile(
      figures.map((figure) => figure[name]),
      0.5,
    )
  return {
    seconds: median('seconds'),
    processorSeconds: median('processorSeconds'),
    peakMiB: median('peakMiB'),
  }
}

/** Writes the networks, and gives them as flags. */
function writeModels(folder: string): readonly string[] {
  const write = (part: string, weights: Weights) => {
    const path = join(folder, `${part}.safetensors`)
    const tensors = new Map(Array.from(weights, ([key, tensor]) => [key, tensor.float32()]))
    writeFileSync(path, writeSafetensors(tensors))
    return path
  }
  const generator = randomGenerator(resolution, channelBase(resolution))
  return [
    ...['--model', write('generator', generator.weights)],
    ...['--landmark-model', write('landmarks', randomFan(256, 4))],
    ...['--perceptual-model', write('perceptual', randomVggLpips())],
  ]
}

/** Rejects with what the program said where it ends before its first step. */
function untilFirstStep(folder: string, args: readonly string[]): Promise<StartFigures> {
  const home = join(folder, 'home')
  mkdirSync(home, { recursive: true })
  const out = mkdtempSync(join(folder, 'out-'))
  // A software driver of a graphics card would be tried too, and decide for the processor after seconds.
  const { VK_ICD_FILENAMES: _, ...environment } = process.env
  const start = performance.now()
  const child = spawn(process.execPath, [mienScript, 'project', ...args, '--steps', '3', '--out', out], {
    env: { ...environment, MIEN_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const watch = watchMemory(child.pid!)
  return new Promise((resolve, reject) => {
    let said = ''
    const hear = (text: string) => {
      said += text
      if (!said.includes('step 1/') || child.killed) return
      const seconds = (performance.now() - start) / 1000
      const processorSeconds = familyOf(child.pid!).reduce((sum, pid) => sum + processorSecondsOf(pid), 0)
      child.kill('SIGKILL')
      resolve({ seconds, processorSeconds, peakMiB: watch.stop().largest / 2 ** 20 })
    }
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', hear)
    child.once('error', reject)
    child.once('close', (code) => {
      watch.stop()
      reject(new Error(`mien ${args.join(' ')} ended with ${code}:\n${said}`))
    })
  })
}

/** Ticks a second of /proc/PID/stat, as proc(5) has them on all machines that Node runs on. */
const ticks = 100

function processorSecondsOf(pid: number): number {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is the program's name, which may hold anything; the third follows its last bracket.
    const [user, system] = line
      .slice(line.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
    return (Number(user) + Number(system)) / ticks
  } catch {
    return Number.NaN
  }
}

export function startTable(rows: StartRows): string {
  return [
    `load of the machine at the end: ${loadavg()[0]!.toFixed(1)}`,
    '',
    `| start to first step, ${resolution} | time | of the processor | memory |`,
    '| --- | --- | --- | --- |',
    ...[...rows].map(
      ([name, { seconds, processorSeconds, peakMiB }]) =>
        `| ${name} | ${seconds.toFixed(1)} s | ${processorSeconds.toFixed(1)} s | ${peakMiB.toFixed(0)} MiB |`,
    ),
  ].join('\n')
}
