import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'bullmq'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import { connectQueue } from '../../src/node/cluster/connection.ts'
import { idOfMessage, type JobMessage } from '../../src/node/cluster/job-message.ts'
import { type JobQueue, openJobQueue, queueName } from '../../src/node/cluster/job-queue.ts'
import { noRedis, startRedis } from '../cluster/redis.ts'
import { mienScript, root, run } from '../full-size/program.ts'
import { percentile } from '../web/script-time.ts'

/** Jobs a minute of one worker and of two, each of one thread, in turn. */
export interface WorkerFigures {
  readonly one: number
  readonly two: number
}

/** What the queue costs a job: milliseconds and bytes. */
export interface QueueFigures {
  readonly jobs: number
  /** To put it in, among others. */
  readonly in: number
  /** To take it, be done with it, and remove it, by so many workers that do nothing. */
  readonly out: number
  readonly workers: number
  /** In Redis, while it waits; and of its message. */
  readonly bytes: number
  readonly message: number
}

const steps = 20
const jobsOfWorker = 6

/** Where nothing of the user's is, and a server; both end with `work`. */
async function withServer<T>(work: (place: string, url: string) => Promise<T>): Promise<T> {
  if (noRedis) throw new Error('Neither redis-server nor valkey-server is installed.')
  const place = mkdtempSync(join(tmpdir(), 'mien-bench-'))
  try {
    const server = await startRedis(place)
    try {
      return await work(place, server.url)
    } finally {
      await server.kill()
    }
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

/** Drawn portraits of the embedded pack, on workers that are warm. */
export async function measureWorkers(repeats: number): Promise<WorkerFigures> {
  const rates: Record<1 | 2, number[]> = { 1: [], 2: [] }
  for (let i = 0; i < repeats; i++) {
    for (const count of [1, 2] as const) rates[count].push(await jobsAMinute(count))
  }
  return { one: percentile(rates[1], 0.5), two: percentile(rates[2], 0.5) }
}

function jobsAMinute(count: number): Promise<number> {
  return withServer(async (place, url) => {
    const environment = { MIEN_HOME: join(place, 'home'), MIEN_QUEUE: url, MIEN_STORE: join(place, 'store') }
    const mien = (...args: string[]) => run(process.execPath, [mienScript, ...args], { environment })
    const pair = ['look.png', 'landmarks.png'].map((name) => join(root, 'models', 'examples', name))
    const batch = (name: string, jobs: number) => {
      const rows = Array.from({ length: jobs }, (_, i) => [...pair, `${name}-${i}`, i].join())
      const table = join(place, `${name}.csv`)
      writeFileSync(table, ['look,landmarks,name,seed', ...rows].join('\n'))
      const flags = ['--no-align', '--provider', 'cpu', '--threads', '1', '--steps', String(steps)]
      return mien('batch', table, '--out', join(place, name), ...flags)
    }
    const workers = Array.from({ length: count }, () => startWorker(environment))
    try {
      await batch('warm', 2 * count)
      await mien('queue', 'pause')
      const before = workers.flatMap(({ done }) => done).length
      const jobs = jobsOfWorker * count
      const following = batch('timed', jobs)
      while (!(await mien('queue')).stdout.includes(`${jobs} waiting`));
      const start = performance.now()
      await mien('queue', 'resume')
      await following
      const ends = workers.flatMap(({ done }) => done).sort((a, b) => a - b)
      return (60_000 * (ends.length - before)) / (ends.at(-1)! - start)
    } finally {
      for (const { kill } of workers) kill()
    }
  })
}

/** A worker, and when it was done with each of its jobs. */
function startWorker(environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [mienScript, 'worker', '--json'], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const done: number[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const _ of text.matchAll(/"state":"done"/g)) done.push(performance.now())
  })
  return { done, kill: () => void child.kill('SIGKILL') }
}

const message: JobMessage = {
  version: '1.0.0',
  store: '00000000-0000-4000-8000-000000000000',
  order: {
    look: { name: 'a photograph.jpg', sha256: 'a'.repeat(64), alignment: {} },
    landmarks: { name: 'an expression.jpg', sha256: 'b'.repeat(64), alignment: {} },
    settings: {
      ...referenceSettings,
      confidence: true,
      start: 'nearest',
      shortMemory: true,
      quasiNewton: true,
    },
    files: {
      generator: [{ sha256: 'c'.repeat(64) }],
      landmarks: [{ sha256: 'd'.repeat(64) }],
      perceptual: [{ sha256: 'e'.repeat(64) }],
    },
    ...{ provider: 'auto', film: false },
    likeness: {
      kind: 'warp',
      ofPhotographs: true,
      pasteBack: false,
      shares: Array(9).fill(1),
      aim: 'landmarks',
    },
  },
}

/** @param jobs how many are put in and taken out again */
export function measureQueue(jobs: number, workers: number): Promise<QueueFigures> {
  return withServer(async (_, url) => {
    const connection = await connectQueue(url, () => undefined, new AbortController().signal)
    const queue = openJobQueue(connection)
    const memory = async () => Number(/used_memory:(\d+)/.exec(await connection.redis.info('memory'))![1])
    const empty = await memory()
    const start = performance.now()
    await putIn(queue, jobs)
    const put = performance.now()
    const bytes = (await memory()) - empty
    await takeOut(queue, connection, jobs, workers)
    const taken = performance.now()
    await queue.close()
    connection.close()
    return {
      ...{ jobs, workers, bytes: bytes / jobs, message: JSON.stringify(message).length },
      ...{ in: (put - start) / jobs, out: (taken - put) / jobs },
    }
  })
}

async function putIn(queue: JobQueue, jobs: number): Promise<void> {
  const atOnce = 200
  for (let from = 0; from < jobs; from += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, jobs - from) }, (_, i) => from + i)
    await queue.addBulk(
      numbers.map((n) => {
        const name = `look ${n}+expression ${n}`
        return { name, data: message, opts: { jobId: idOfMessage(message, name) } }
      }),
    )
  }
}

/** As workers and who follows them do, without what lies between. */
async function takeOut(
  queue: JobQueue,
  { redis }: Awaited<ReturnType<typeof connectQueue>>,
  jobs: number,
  count: number,
): Promise<void> {
  let left = jobs
  await new Promise<void>((resolve, reject) => {
    const workers = Array.from({ length: count }, (_, i) => {
      const worker = new Worker<JobMessage>(
        queueName,
        async (job) => {
          await job.updateProgress({ worker: `${i}`, step: 0 })
          return { result: 'f'.repeat(64) }
        },
        { connection: redis, name: `${i}` },
      )
      worker.on('completed', async ({ id }) => {
        await queue.getJob(id!)
        await queue.remove(id!)
        left -= 1
        if (left === 0) await Promise.all(workers.map((each) => each.close())).then(() => resolve(), reject)
      })
      worker.on('error', reject)
      return worker
    })
  })
}

export function batchTable({ one, two }: WorkerFigures, queue: QueueFigures): string {
  return [
    `load of the machine at the end: ${loadavg()[0]!.toFixed(1)}`,
    '',
    `| the pack, ${steps} steps, workers of one thread | jobs a minute |`,
    '| --- | --- |',
    `| one | ${one.toFixed(1)} |`,
    `| two | ${two.toFixed(1)} (${(two / one).toFixed(2)} times) |`,
    '',
    `| ${queue.jobs} jobs, ${queue.workers} workers that do nothing | of each |`,
    '| --- | --- |',
    `| to put it in | ${queue.in.toFixed(2)} ms |`,
    `| to take it, be done with it and remove it | ${queue.out.toFixed(2)} ms |`,
    `| in Redis while it waits | ${queue.bytes.toFixed(0)} bytes, ${queue.message} of them its message |`,
  ].join('\n')
}
