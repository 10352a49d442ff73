import { type ChildProcess, fork } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { workerEnvironment } from '../../src/node/engine/environment.ts'
import { exists, writeFileAtomic } from '../../src/node/host/files.ts'
import { type Course, type CourseRow, distanceOf, searchCourse } from './to-loss-course.ts'
import { pytorchCourse } from './to-loss-pytorch.ts'
import { openSet, type SetName } from './to-loss-sets.ts'

/**
 * The searches that are compared: the reference in PyTorch, the same with `--reference`, Mien's with a model that asks for nothing,
 * whose objective is the reference's, and what the set's own model asks for.
 */
export const ways = ['pytorch', 'reference', 'plain', 'asked'] as const
type Way = (typeof ways)[number]

/** How much is measured. */
export interface Extent {
  readonly sets: readonly SetName[]
  /** The others are compared with the first. */
  readonly ways: readonly Way[]
  readonly pairs: number
  readonly seeds: number
  /** Of the reference's searches. */
  readonly steps: number
  /** Of Mien's others. */
  readonly ownSteps: number
  /** Steps between two looks at the loss. */
  readonly every: number
  readonly threads: number
  /** Keeps what was measured: a bench that was stopped goes on where it was. */
  readonly work: string
  readonly python: string
}

interface Run {
  readonly set: SetName
  readonly pair: number
  readonly seed: number
}

/** Where a course is kept, by all that it depends on. */
function fileOf(extent: Extent, { set, pair, seed }: Run, way: Way): string {
  const { work, threads } = extent
  return join(work, set, `${way}-${pair}-${seed}-${stepsOf(extent, way)}-${threads}.json`)
}

function stepsOf({ steps, ownSteps }: Extent, way: Way): number {
  return way === 'pytorch' || way === 'reference' ? steps : ownSteps
}

/** The models of random weights ask for nothing. */
function waysOf(set: SetName, { ways }: Pick<Extent, 'ways'>): readonly Way[] {
  return set === 'pack' ? ways : ways.filter((way) => way !== 'asked')
}

/** The pairs of each seed in turns, the ways of each pair in turns, so that a machine whose speed moves is the same for all. */
function runsOf({ sets, pairs, seeds }: Extent): readonly Run[] {
  const range = (count: number) => Array.from({ length: count }, (_, i) => i)
  return sets.flatMap((set) =>
    range(seeds).flatMap((seed) => range(pairs).map((pair) => ({ set, pair, seed }))),
  )
}

/** The courses of one run, by the ways of its set. */
interface Measured extends Run {
  readonly courses: Readonly<Partial<Record<Way, Course>>>
}

/** Measures what is not kept yet, and gives the courses of all runs by their ways. */
export async function measureToLoss(extent: Extent): Promise<readonly Measured[]> {
  const measured: Measured[] = []
  for (const run of runsOf(extent)) {
    const courses: Partial<Record<Way, Course>> = {}
    for (const way of waysOf(run.set, extent)) {
      const file = fileOf(extent, run, way)
      if (!(await exists(file))) {
        process.stderr.write(`${run.set}, pair ${run.pair}, seed ${run.seed}: ${way}…\n`)
        await mkdir(dirname(file), { recursive: true })
        await writeFileAtomic(file, JSON.stringify(await inChild(extent, run, way)))
      }
      courses[way] = JSON.parse(await readFile(file, 'utf8')) as Course
    }
    measured.push({ ...run, courses })
  }
  return measured
}

const runner = fileURLToPath(new URL('./run.mjs', import.meta.url))

/** In a process of its own, as the product has one for its engine. */
function inChild(extent: Extent, run: Run, way: Way): Promise<Course> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = fork(runner, ['--child', 'to-loss', JSON.stringify({ extent, run, way })], {
      // What Mien asks of the C library is not asked for PyTorch.
      env: { ...process.env, ...(way === 'pytorch' ? {} : workerEnvironment('any')) },
    })
    child.once('message', (course) => resolve(course as Course))
    child.once('exit', (code) => reject(new Error(`the search ended with ${code}`)))
  })
}

/** What the process of `inChild` does. */
export async function measureCourse(order: string): Promise<Course> {
  const { extent, run, way } = JSON.parse(order) as { extent: Extent; run: Run; way: Way }
  const { every, threads, work, python } = extent
  const options = { threads }
  const set = await openSet(run.set, options)
  const pictures = await set.pair(run.pair)
  const asked = set.settings[way === 'pytorch' ? 'reference' : way]
  const settings = { ...asked, steps: stepsOf(extent, way), seed: run.seed }
  return way === 'pytorch'
    ? pytorchCourse(python, join(work, run.set), set, pictures, settings, every, options)
    : searchCourse(set, pictures, settings, every, options)
}

/** The part of it by which the ends of two searches differ that differ by nothing but rounding. */
const slack = 0.001

/** The first row whose distance is no more; undefined where the course does not come so far. */
function reached({ rows }: Course, distance: number): CourseRow | undefined {
  return rows.find((row) => distanceOf(row) <= (1 + slack) * distance)
}

const endOf = ({ rows }: Course): CourseRow => rows.at(-1)!

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The figures of a way on a set: medians of all its runs. `ratio` and `reached` are by the first way of the extent. */
export interface ToLossFigures {
  readonly runs: number
  readonly steps: number
  readonly startUp: number
  /** Of the whole search. */
  readonly seconds: number
  readonly distance: number
  readonly perceptual: number
  readonly landmark: number
  /** The runs that come as far as that of the first way, of the same pair and seed, ends. */
  readonly reached: number
  /** Of those, until they are there; null where there are none. */
  readonly secondsUntil: number | null
  readonly stepsUntil: number | null
  /** Of those, over the seconds that the first way takes until there. */
  readonly ratio: number | null
}

/** On one thread seconds are those of the processor, so that what else runs on the machine does not count. */
function figuresOf(
  all: readonly Measured[],
  way: Way,
  { ways, threads }: Pick<Extent, 'ways' | 'threads'>,
): ToLossFigures {
  const measured = all.map(({ courses }) => ({ own: courses[way]!, reference: courses[ways[0]!]! }))
  const secondsOf = ({ seconds, processor }: CourseRow) => (threads === 1 ? processor : seconds)
  const ends = measured.map(({ own }) => endOf(own))
  const arrivals = measured.flatMap((run) => {
    const goal = distanceOf(endOf(run.reference))
    const [own, reference] = [reached(run.own, goal), reached(run.reference, goal)]
    return own && reference ? [{ own, reference }] : []
  })
  const ofArrivals = (value: (arrival: (typeof arrivals)[number]) => number) =>
    arrivals.length === 0 ? null : median(arrivals.map(value))
  return {
    runs: measured.length,
    steps: ends[0]!.step,
    startUp: median(measured.map(({ own }) => own.startUp)),
    seconds: median(ends.map(secondsOf)),
    distance: median(ends.map(distanceOf)),
    perceptual: median(ends.map(({ perceptual }) => perceptual)),
    landmark: median(ends.map(({ landmark }) => landmark)),
    reached: arrivals.length,
    secondsUntil: ofArrivals(({ own }) => secondsOf(own)),
    stepsUntil: ofArrivals(({ own }) => own.step),
    ratio: ofArrivals(({ own, reference }) => secondsOf(own) / secondsOf(reference)),
  }
}

/** By set and way. */
export function toLossFigures(
  measured: readonly Measured[],
  extent: Extent,
): ReadonlyMap<SetName, Readonly<Partial<Record<Way, ToLossFigures>>>> {
  return new Map(
    extent.sets.map((set) => {
      const own = measured.filter((run) => run.set === set)
      const rows = waysOf(set, extent).map((way) => [way, figuresOf(own, way, extent)] as const)
      return [set, Object.fromEntries(rows)]
    }),
  )
}

const titles: Readonly<Record<Way, string>> = {
  pytorch: 'PyTorch, the reference',
  reference: 'Mien, `--reference`',
  plain: 'Mien, a model that asks for nothing',
  asked: 'Mien, as the pack asks for',
}

/** A table in Markdown for each set. */
export function toLossTable(figures: ReturnType<typeof toLossFigures>): string {
  const orDash = (value: number | null, digits: number) => (value === null ? '-' : value.toFixed(digits))
  const lines: (readonly [string, (row: ToLossFigures) => string])[] = [
    ['steps', ({ steps }) => String(steps)],
    ['start-up', ({ startUp }) => `${startUp.toFixed(1)} s`],
    ['whole search', ({ seconds }) => `${seconds.toFixed(0)} s`],
    ["final loss: the look's and the landmarks' parts", ({ distance }) => distance.toFixed(3)],
    ['look, landmarks', ({ perceptual, landmark }) => `${perceptual.toFixed(3)}, ${landmark.toFixed(2)}`],
    ['searches that arrive', ({ reached, runs }) => `${reached} of ${runs}`],
    ['steps until then', ({ stepsUntil }) => orDash(stepsUntil, 0)],
    ['seconds until then', ({ secondsUntil }) => orDash(secondsUntil, 1)],
    ['relative to the first column', ({ ratio }) => orDash(ratio, 3)],
  ]
  return [...figures]
    .map(([set, rows]) => {
      const own = ways.filter((way) => rows[way])
      return [
        `| ${set} | ${own.map((way) => titles[way]).join(' | ')} |`,
        `| --- | ${own.map(() => '---').join(' | ')} |`,
        ...lines.map(([name, cell]) => `| ${name} | ${own.map((way) => cell(rows[way]!)).join(' | ')} |`),
      ].join('\n')
    })
    .join('\n\n')
}
