import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { coarseNetworks } from '../../src/engine/projection/coarse-networks.ts'
import { usualSteps } from '../../src/engine/projection/settings.ts'
import { workerEnvironment } from '../../src/node/engine/environment.ts'
import { batchTable, measureQueue, measureWorkers } from './batch.ts'
import { type FaceFigures, measureFaces } from './faces.ts'
import { type LikenessFigures, measureLikeness } from './likeness.ts'
import { type Measurement, measureParts, measureStep, type PartFigures, type StepFigures } from './measure.ts'
import { measureSeries, seriesTable } from './series.ts'
import { measureStart, startTable } from './start.ts'
import { measureCourse, measureToLoss, toLossFigures, toLossTable, ways } from './to-loss.ts'
import { setNames } from './to-loss-sets.ts'
import { measureTuning, type TuningFigures } from './tuning.ts'
import { measureWindow, type WindowFigures } from './window.ts'

const usage = `npm run bench -- [--json] [--sizes 256,1024] [--threads 2] [--no-pytorch] [--tuning] [--window] [--faces] [--likeness]
npm run bench -- --start [--json] [--repeats 3]
npm run bench -- --series [--json] [--repeats 3]
npm run bench -- --batch [--json] [--repeats 3] [--jobs 10000]
npm run bench -- --to-loss [--json] [--sets pack,full-256] [--pairs 10] [--seeds 5] [--steps 1000] [--own-steps 300]
                 [--ways pytorch,reference,plain,asked] [--every 10] [--threads 2] [--work FOLDER] [--python python3]

Times steps of a projection with full-size networks (random weights): StyleGAN2 with latents of 512
numbers, VGG16, FAN with 4 modules; beside them the same step in PyTorch where Python has it.
--tuning times steps that teach such a generator instead: all its weights, on L2 and LPIPS.
--to-loss searches held-out pairs with the reference in PyTorch and with Mien, and tells when each comes to the loss with which the
reference ends. It takes hours: what is measured is kept in --work, and the same command goes on from there. --ways compares some
of them with the first: \`reference\` is what Mien does with --reference, in half of PyTorch's time.
--start times the built \`mien project\` from its start to the end of its first step at 1024.
--series times what is not steps of jobs with the embedded pack that one engine does one after the other.
--batch times a batch on a queue in Redis with one worker and with two, and what the queue costs a job.
--window times the window of the built studio instead, in Chromium with a gallery of 2000 projects;
--faces times the search for faces in photographs of 12 megapixels, --likeness the warp of such photographs.
`

/** What a size's row of the table is made of; `--json` prints the first four of it by size. */
interface Row {
  readonly stepSeconds: number
  /** The step's time over that of its arithmetic at the speed of a matrix product in the same run. */
  readonly boundRatio: number
  readonly peakMiB: number
  /** Of a search that is still coarse; null where a search never is. */
  readonly coarseSeconds: number | null
  /** The step's time over PyTorch's. */
  readonly pytorchRatio: number | null
  readonly parts: PartFigures
  readonly pytorchSeconds: number | null
}

const runner = fileURLToPath(new URL('./run.mjs', import.meta.url))

/** Measures in a process of its own, as the product has one for its engine, so that memory and threads are those of one measurement. */
function inChild<T>(what: Measurement, size: number, threads: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = fork(runner, ['--child', what, String(size), String(threads)], {
      env: { ...process.env, ...workerEnvironment(what === 'tuning' ? 'tuning' : 'any') },
    })
    child.once('message', (figures) => resolve(figures as T))
    child.once('exit', (code) =>
      reject(new Error(`the measurement of ${what} at ${size} ended with ${code}`)),
    )
  })
}

/** Seconds of a step of PyTorch by that script, or null where Python has no torch. */
function pytorchSeconds(
  name: 'pytorch_step.py' | 'pytorch_tuning.py',
  size: number,
  threads: number,
): number | null {
  const script = fileURLToPath(new URL(name, import.meta.url))
  try {
    const text = execFileSync('python3', [script, String(size), String(threads)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return Number(text)
  } catch {
    return null
  }
}

async function measure(size: number, threads: number, withPytorch: boolean): Promise<Row> {
  const step = await inChild<StepFigures>('step', size, threads)
  const coarse = await inChild<StepFigures | null>('coarse', size, threads)
  const parts = await inChild<PartFigures>('parts', size, threads)
  const pytorch = withPytorch ? pytorchSeconds('pytorch_step.py', size, threads) : null
  const total = Object.values(parts.gigaflops).reduce((sum, part) => sum + part, 0)
  return {
    ...step,
    coarseSeconds: coarse?.stepSeconds ?? null,
    boundRatio: (step.stepSeconds * parts.productSpeed) / total,
    pytorchRatio: pytorch === null ? null : step.stepSeconds / pytorch,
    parts,
    pytorchSeconds: pytorch,
  }
}

function rounded(value: number | null, digits = 3): number | null {
  return value === null ? null : Number(value.toFixed(digits))
}

const inSeconds = (seconds: number | null) => (seconds === null ? '-' : `${seconds.toFixed(2)} s`)

/** A table in Markdown, as docs/benchmarks.md has it. */
function table(rows: ReadonlyMap<number, Row>): string {
  const lines: (readonly [string, (row: Row) => string])[] = [
    ['step', (row) => `${row.stepSeconds.toFixed(2)} s`],
    ['step while coarse', (row) => inSeconds(row.coarseSeconds)],
    ['generator', ({ parts }) => `${parts.seconds.generator.toFixed(2)} s`],
    ['landmark network', ({ parts }) => `${parts.seconds.landmarks.toFixed(2)} s`],
    ['perceptual network', ({ parts }) => `${parts.seconds.perceptual.toFixed(2)} s`],
    [
      'arithmetic',
      ({ parts }) =>
        `${Object.values(parts.gigaflops)
          .reduce((a, b) => a + b)
          .toFixed(0)} GFLOP`,
    ],
    ['matrix product', ({ parts }) => `${parts.productSpeed.toFixed(0)} GFLOP/s`],
    ['step over arithmetic bound', (row) => row.boundRatio.toFixed(2)],
    ['peak memory', (row) => `${row.peakMiB.toFixed(0)} MiB`],
    ['PyTorch step', (row) => inSeconds(row.pytorchSeconds)],
    ['step over PyTorch step', (row) => (row.pytorchRatio === null ? '-' : row.pytorchRatio.toFixed(2))],
  ]
  const sizes = [...rows.keys()]
  return [
    `| | ${sizes.map((size) => `${size} x ${size}`).join(' | ')} |`,
    `| --- | ${sizes.map(() => '---').join(' | ')} |`,
    ...lines.map(([name, cell]) => `| ${name} | ${[...rows.values()].map(cell).join(' | ')} |`),
  ].join('\n')
}

interface TuningRow extends TuningFigures {
  readonly pytorchSeconds: number | null
}

function tuningTable(rows: ReadonlyMap<number, TuningRow>): string {
  const cells = [...rows].map(([size, { stepSeconds, peakMiB, pytorchSeconds }]) => [
    `${size} x ${size}`,
    `${stepSeconds.toFixed(2)} s`,
    ...(pytorchSeconds === null
      ? ['-', '-']
      : [`${pytorchSeconds.toFixed(2)} s`, (stepSeconds / pytorchSeconds).toFixed(2)]),
    `${peakMiB.toFixed(0)} MiB`,
  ])
  return [
    '| tuning | step | PyTorch step | step over PyTorch step | peak memory |',
    '| --- | --- | --- | --- | --- |',
    ...cells.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n')
}

function windowTable(figures: WindowFigures): string {
  const lines: readonly (readonly [string, number])[] = [
    ['`mien serve` to its address', figures.serverStart],
    ['call of the page to first paint', figures.firstPaint],
    ['the same of an empty page', figures.emptyPaint],
    ['call of the page to the first picture', figures.firstPicture],
    ['script of a frame while it scrolls, 95th percentile', figures.scriptOfFrame],
  ]
  return [
    `| a gallery of ${figures.projects} projects | ms |`,
    '| --- | --- |',
    ...lines.map(([name, value]) => `| ${name} | ${value.toFixed(value < 20 ? 1 : 0)} |`),
  ].join('\n')
}

function faceTable({ loading, search, command }: FaceFigures): string {
  const lines: readonly (readonly [string, number])[] = [
    ['loading of the networks', loading],
    ['decoding and search, the slowest of six', search],
    ['`mien detect` as a whole, median of six', command],
  ]
  return [
    '| photographs of 12 megapixels | s |',
    '| --- | --- |',
    ...lines.map(([name, seconds]) => `| ${name} | ${seconds.toFixed(2)} |`),
  ].join('\n')
}

function likenessTable({ square, whole }: LikenessFigures): string {
  return [
    '| a warp | s |',
    '| --- | --- |',
    `| square of 1024 x 1024 | ${square.toFixed(2)} |`,
    `| whole photograph of 12 megapixels | ${whole.toFixed(2)} |`,
  ].join('\n')
}

async function child([what, size, threads]: readonly string[]): Promise<number> {
  if (what === 'to-loss') return sent(await measureCourse(size!))
  const coarse = (resolution: number, on: number) => measureStep(resolution, on, coarseNetworks)
  const runs = { step: measureStep, coarse, parts: measureParts, tuning: measureTuning }
  return sent(await runs[what as Measurement](Number(size), Number(threads)))
}

async function sent(figures: unknown): Promise<number> {
  await new Promise((resolve) => process.send?.(figures, resolve))
  process.disconnect()
  return 0
}

/** The command line; resolves to the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  if (args[0] === '--child') return child(args.slice(1))
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      sizes: { type: 'string', default: '256,1024' },
      threads: { type: 'string', default: String(cpus().length) },
      pytorch: { type: 'boolean', default: true },
      tuning: { type: 'boolean', default: false },
      window: { type: 'boolean', default: false },
      faces: { type: 'boolean', default: false },
      likeness: { type: 'boolean', default: false },
      start: { type: 'boolean', default: false },
      series: { type: 'boolean', default: false },
      batch: { type: 'boolean', default: false },
      jobs: { type: 'string', default: '10000' },
      repeats: { type: 'string', default: '3' },
      'to-loss': { type: 'boolean', default: false },
      sets: { type: 'string', default: setNames.join(',') },
      pairs: { type: 'string', default: '10' },
      seeds: { type: 'string', default: '5' },
      steps: { type: 'string', default: '1000' },
      'own-steps': { type: 'string', default: String(usualSteps) },
      ways: { type: 'string', default: ways.join(',') },
      every: { type: 'string', default: '10' },
      work: { type: 'string', default: join(tmpdir(), 'mien-to-loss') },
      python: { type: 'string', default: 'python3' },
      help: { type: 'boolean', default: false },
    },
    allowNegative: true,
  })
  if (values.help) {
    process.stdout.write(usage)
    return 0
  }
  if (values.window) {
    const figures = await measureWindow(2000)
    process.stdout.write(`${values.json ? JSON.stringify(figures) : windowTable(figures)}\n`)
    return 0
  }
  if (values.faces) {
    const figures = await measureFaces()
    process.stdout.write(`${values.json ? JSON.stringify(figures) : faceTable(figures)}\n`)
    return 0
  }
  if (values.likeness) {
    const figures = await measureLikeness()
    process.stdout.write(`${values.json ? JSON.stringify(figures) : likenessTable(figures)}\n`)
    return 0
  }
  if (values.start) {
    const rows = await measureStart(Number(values.repeats))
    process.stdout.write(`${values.json ? JSON.stringify(Object.fromEntries(rows)) : startTable(rows)}\n`)
    return 0
  }
  if (values.series) {
    const rows = await measureSeries(Number(values.repeats))
    process.stdout.write(`${values.json ? JSON.stringify(Object.fromEntries(rows)) : seriesTable(rows)}\n`)
    return 0
  }
  if (values.batch) {
    const queue = await measureQueue(Number(values.jobs), 8)
    const workers = await measureWorkers(Number(values.repeats))
    process.stdout.write(`${values.json ? JSON.stringify({ workers, queue }) : batchTable(workers, queue)}\n`)
    return 0
  }
  const threads = Number(values.threads)
  if (values['to-loss']) {
    const extent = {
      sets: setNames.filter((name) => values.sets.split(',').includes(name)),
      ways: ways.filter((way) => values.ways.split(',').includes(way)),
      pairs: Number(values.pairs),
      seeds: Number(values.seeds),
      steps: Number(values.steps),
      ownSteps: Number(values['own-steps']),
      every: Number(values.every),
      threads,
      ...{ work: resolve(values.work), python: values.python },
    }
    const figures = toLossFigures(await measureToLoss(extent), extent)
    const text = values.json ? JSON.stringify(Object.fromEntries(figures)) : toLossTable(figures)
    process.stdout.write(`${text}\n`)
    return 0
  }
  const sizes = values.sizes.split(',').map(Number)
  if (values.tuning) {
    const rows = new Map<number, TuningRow>()
    for (const size of sizes) {
      const figures = await inChild<TuningFigures>('tuning', size, threads)
      const pytorch = values.pytorch ? pytorchSeconds('pytorch_tuning.py', size, threads) : null
      rows.set(size, { ...figures, pytorchSeconds: pytorch })
    }
    const text = values.json ? JSON.stringify(Object.fromEntries(rows)) : tuningTable(rows)
    process.stdout.write(`${text}\n`)
    return 0
  }
  const rows = new Map<number, Row>()
  for (const size of sizes) {
    process.stderr.write(`measuring ${size} x ${size} on ${threads} threads…\n`)
    rows.set(size, await measure(size, threads, values.pytorch))
  }
  if (values.json) {
    const figures = [...rows].map(([size, { stepSeconds, boundRatio, peakMiB, pytorchRatio }]) => [
      size,
      {
        stepSeconds: rounded(stepSeconds),
        boundRatio: rounded(boundRatio),
        peakMiB: rounded(peakMiB, 0),
        pytorchRatio: rounded(pytorchRatio),
      },
    ])
    process.stdout.write(`${JSON.stringify(Object.fromEntries(figures))}\n`)
  } else {
    process.stdout.write(`${cpus()[0]?.model ?? 'CPU'}, ${threads} threads\n\n${table(rows)}\n`)
  }
  return 0
}
