import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { sharesOf } from '../../src/engine/likeness/aimed-points.ts'
import { searchOf, weightingOf } from '../../src/node/cli/options.ts'
import type { SpawnWorker } from '../../src/node/engine/client.ts'
import { forkEntry } from '../../src/node/engine/fork.ts'
import { keptEngine } from '../../src/node/engine/kept-engine.ts'
import type { AlignmentChoice, TargetInput } from '../../src/node/engine/protocol.ts'
import { resolveAllModels } from '../../src/node/models/store.ts'
import type { ProjectionOrder } from '../../src/node/runs/kinds/projection/order.ts'
import { startRun } from '../../src/node/runs/run.ts'
import { root } from '../full-size/program.ts'
import { photograph } from '../web/dropped.ts'
import { percentile } from '../web/script-time.ts'

/** Of a job with the embedded pack. */
export interface JobFigures {
  /** From its order to the beginning of its first step. */
  readonly before: number
  /** Of its second step. */
  readonly step: number
  /** From the end of its last step until all its files are written. */
  readonly after: number
}

/** What is measured, and the first job of an engine beside the median of those that follow. */
export type SeriesRows = ReadonlyMap<string, { readonly first: JobFigures; readonly next: JobFigures }>

const steps = 4

/** Jobs of one kind, one after the other, by one engine process: the first and so many more. */
export async function measureSeries(repeats: number): Promise<SeriesRows> {
  const example = (name: string) => join(root, 'models', 'examples', name)
  const rows = new Map<string, { readonly first: JobFigures; readonly next: JobFigures }>()
  const pairs = {
    'the examples, --no-align': ['none', example('look.png'), example('landmarks.png')],
    'two photographs': [{}, photograph('sample6.jpg'), photograph('sample1.jpg')],
  } as const
  for (const [name, [alignment, look, landmarks]] of Object.entries(pairs)) {
    const order = await orderOf(alignment, look, landmarks)
    const spawn = keptEngine(() => forkEntry(join(root, 'dist', 'node', 'worker', 'entry.js')))
    try {
      const first = await figuresOf(spawn, order)
      const others: JobFigures[] = []
      for (let i = 0; i < repeats; i++) others.push(await figuresOf(spawn, order))
      rows.set(name, { first, next: medianOf(others) })
    } finally {
      spawn.close()
    }
  }
  return rows
}

/** What `mien project` orders for such pictures. */
async function orderOf(
  alignment: AlignmentChoice,
  look: string,
  landmarks: string,
): Promise<ProjectionOrder> {
  const files = await resolveAllModels({})
  const weighting = weightingOf({}, files)
  const target = (path: string): TargetInput => {
    return { name: basename(path), bytes: new Uint8Array(readFileSync(path)), alignment }
  }
  const shares = sharesOf(weighting.groupWeights, weighting.groupWeights)
  return {
    ...{ look: target(look), landmarks: target(landmarks), files, film: false },
    ...{ provider: 'cpu', threads: 2 },
    settings: { steps, seed: 303, space: 'w', ...weighting, ...searchOf({}, files) },
    ...(alignment !== 'none' && {
      likeness: { kind: 'warp', ofPhotographs: true, pasteBack: false, shares, aim: 'landmarks' },
    }),
  }
}

async function figuresOf(spawn: SpawnWorker, order: ProjectionOrder): Promise<JobFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'mien-series-'))
  const ends: number[] = []
  try {
    const start = performance.now()
    const progress = () => void ends.push(performance.now())
    await (await startRun(spawn, { ...order, folder }, { progress })).finished
    const [first, second] = ends as [number, number]
    const step = second - first
    const seconds = (from: number, to: number) => (to - from) / 1000
    return {
      before: seconds(start, first - step),
      step: step / 1000,
      after: seconds(ends.at(-1)!, performance.now()),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function medianOf(figures: readonly JobFigures[]): JobFigures {
  const median = (name: keyof JobFigures) =>
    percentile(
      figures.map((figure) => figure[name]),
      0.5,
    )
  return { before: median('before'), step: median('step'), after: median('after') }
}

export function seriesTable(rows: SeriesRows): string {
  const cells = ({ before, step, after }: JobFigures) =>
    [before, step, after].map((seconds) => `${seconds.toFixed(2)} s`).join(' | ')
  return [
    `load of the machine at the end: ${loadavg()[0]!.toFixed(1)}`,
    '',
    '| the pack, one engine | until the first step | a step | after the last |',
    '| --- | --- | --- | --- |',
    ...[...rows].flatMap(([name, { first, next }]) => [
      `| ${name}: first job | ${cells(first)} |`,
      `| the next ones | ${cells(next)} |`,
    ]),
  ].join('\n')
}
