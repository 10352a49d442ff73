import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { filesIn, mien, temporaryFolder, tiny64 } from '../cli/mien.ts'
import { bitsIn, machine, pictures, quick, tableIn } from './machines.ts'
import { noRedis } from './redis.ts'
import { redisServer } from './test-redis.ts'

/** What an area of a store holds, but for what a worker was writing when it was killed. */
const kept = (area: string) => filesIn(area).filter((name) => /^..[\\/][0-9a-f]{64}$/.test(name))

const statesIn = (out: string) => [...tableIn(out)].map(([name, { state }]) => `${name} ${state}`)

test.skipIf(noRedis)(
  'a batch through a queue is followed, left and followed again, and is a batch like any other',
  async () => {
    const place = temporaryFolder()
    const looks = pictures(join(place, 'looks'), ['anna', 'ben', 'broken'], 'look')
    const broken = join(looks, 'broken.png')
    writeFileSync(broken, readFileSync(broken).subarray(0, 200))
    const redis = await redisServer()
    const env = { MIEN_QUEUE: redis.url, MIEN_STORE: join(place, 'store'), MIEN_HOME: join(place, 'home') }
    const out = join(place, 'out')
    const given = [
      'batch',
      '--looks',
      looks,
      '--landmarks',
      join(tiny64, 'landmarks.png'),
      ...quick,
      '--steps',
      '8',
    ]

    // Nobody is there to do it; who leaves finds the jobs again.
    const first = machine([...given, '--out', out], env)
    await first.says('No worker is at this queue yet')
    first.child.kill('SIGINT')
    expect(await first.ended).toBe(130)
    expect(first.text()).toContain('The jobs stay in the queue')
    expect(statesIn(out)).toEqual([
      'anna+landmarks waiting',
      'ben+landmarks waiting',
      'broken+landmarks waiting',
    ])
    const listed = await mien(['queue'], { env })
    expect(listed.stdout).toMatch(/3 waiting, 0 running, 0 failed, 0 done and not fetched/)
    expect(listed.stdout).toContain('No worker is there.')

    // A pause holds them back.
    await mien(['queue', 'pause'], { env })
    const worker = machine(['worker'], env)
    await worker.says('waits for jobs')
    const second = machine([...given, '--out', out, '--json'], env)
    await second.says('The queue is paused')
    await mien(['queue', 'resume'], { env })
    expect(await second.ended, second.text()).toBe(3)
    const lines = second
      .text()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line))
    expect(lines).toHaveLength(3)
    expect(lines.find(({ name }) => name === 'anna+landmarks')).toMatchObject({
      ...{
        out: join(out, 'anna+landmarks'),
        state: 'done',
        kept: false,
        steps: 8,
        provider: 'cpu',
        error: null,
      },
    })
    expect(lines.find(({ name }) => name === 'broken+landmarks')).toMatchObject({
      ...{ state: 'failed', error: { code: 'bad-image', message: expect.stringContaining('broken.png') } },
    })
    expect(existsSync(join(out, 'contact-sheet-1.png'))).toBe(true)
    expect(filesIn(out).filter((name) => /tmp/.test(name))).toEqual([])
    const left = await mien(['queue'], { env })
    expect(left.stdout).toMatch(/0 waiting, 0 running, 1 failed, 0 done and not fetched/)
    expect(left.stdout).toMatch(/broken\+landmarks {2}broken\.png is damaged/)

    // What was fetched is nobody's any more; what failed is tried again.
    expect(kept(join(place, 'store', 'results'))).toEqual([])
    copyFileSync(join(tiny64, 'look.png'), broken)
    const third = await mien([...given, '--out', out], { env })
    expect(third.code, third.stderr).toBe(0)
    expect(third.stdout).toContain('3 of 3 jobs done (2 of them before)')

    // As one machine makes it, and none of it names the places of another.
    const local = await mien([...given, '--out', join(place, 'local')])
    expect(local.code, local.stderr).toBe(0)
    for (const name of ['anna+landmarks', 'broken+landmarks']) {
      expect(bitsIn(join(out, name))).toEqual(bitsIn(join(place, 'local', name)))
      const [many, one] = [out, join(place, 'local')].map((folder) =>
        JSON.parse(readFileSync(join(folder, name, 'run.json'), 'utf8')),
      )
      const passing = { id: '', created: 0, attempts: [], result: null }
      expect({ ...many, ...passing }).toEqual({ ...one, ...passing })
      expect(filesIn(join(out, name)).filter((file) => !file.startsWith('history'))).toEqual(
        filesIn(join(place, 'local', name)).filter((file) => !file.startsWith('history')),
      )
    }
    // So it goes on on one machine as well.
    const sheet = () => statSync(join(out, 'contact-sheet-1.png'))
    const { ino, mtimeMs } = sheet()
    const again = await mien([...given, '--out', out])
    expect(again.stdout).toContain('3 of 3 jobs done (3 of them before)')
    // A sheet of which nothing has changed is not drawn again.
    expect(sheet()).toMatchObject({ ino, mtimeMs })

    worker.child.kill('SIGTERM')
    expect(await worker.ended).toBe(0)
    await mien(['queue', 'remove', 'broken+landmarks'], { env })
  },
)

test.skipIf(noRedis)(
  'a job that its worker gives back, and one that its worker dies with, go on where they were, to the same bits',
  async () => {
    const place = temporaryFolder()
    const redis = await redisServer()
    const env = { MIEN_QUEUE: redis.url, MIEN_STORE: join(place, 'store') }
    const given = [
      ...['batch', '--looks', join(tiny64, 'look.png'), '--landmarks', join(tiny64, 'landmarks.png')],
      ...[...quick, '--steps', '400'],
    ]
    const batch = machine([...given, '--out', join(place, 'many')], env)
    await batch.says('No worker')
    const start = () => machine(['worker', '--lease', '2'], env)

    const first = start()
    await expect.poll(async () => stepOf(await running(env))).toBeGreaterThan(30)
    first.child.kill('SIGINT')
    expect(await first.ended).toBe(0)
    expect(first.text()).toMatch(/look\+landmarks: given back/)
    expect((await running(env)).counts).toMatchObject({ waiting: 1, running: 0 })

    const second = start()
    await second.says(/goes on after step \d+/)
    const before = filesIn(join(place, 'store', 'states'))
    await expect.poll(() => filesIn(join(place, 'store', 'states'))).not.toEqual(before)
    await second.kill()
    const third = start()
    await third.says(/goes on after step \d+/)
    expect(await batch.ended, batch.text()).toBe(0)
    // Nothing is left of how far it was.
    expect(kept(join(place, 'store', 'states'))).toEqual([])

    const local = await mien([...given, '--out', join(place, 'one')])
    expect(local.code, local.stderr).toBe(0)
    const [many, one] = ['many', 'one'].map((folder) => bitsIn(join(place, folder, 'look+landmarks')))
    expect(many).toEqual(one)
  },
)

test.skipIf(noRedis)(
  'a job that two workers die with is put aside with its reason, and gets another chance when it is asked for',
  async () => {
    const place = temporaryFolder()
    const redis = await redisServer()
    const env = { MIEN_QUEUE: redis.url, MIEN_STORE: join(place, 'store') }
    const batch = machine(
      [
        ...['batch', '--looks', join(tiny64, 'look.png'), '--landmarks', join(tiny64, 'landmarks.png')],
        ...[...quick, '--steps', '300', '--out', join(place, 'out')],
      ],
      env,
    )
    await batch.says('No worker')
    for (let death = 1; death <= 2; death++) {
      const worker = machine(['worker', '--lease', '2'], env)
      await worker.says(/step \d+\/300 {2}look/)
      await worker.kill()
    }
    const worker = machine(['worker', '--lease', '2'], env)
    expect(await batch.ended).toBe(4)
    expect(batch.text()).toContain('Two workers gave no sign of life any more while they were at it')
    const { failed } = await running(env)
    expect(failed).toMatchObject([
      { name: 'look+landmarks', failure: { message: expect.stringContaining('put aside') } },
    ])
    // The worker that found it out goes on.
    await mien(['queue', 'retry', 'look+landmarks'], { env })
    await worker.says('look+landmarks: done')
  },
)

interface Queue {
  readonly counts: Readonly<Record<'waiting' | 'running' | 'failed' | 'done', number>>
  readonly workers: readonly string[]
  readonly running: readonly { readonly step: number; readonly worker: string | null }[]
  readonly failed: readonly object[]
}

async function running(env: Readonly<Record<string, string>>): Promise<Queue> {
  const { stdout, stderr, code } = await mien(['queue', '--json'], { env })
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout)
}

function stepOf({ running: jobs }: Queue): number {
  const job = jobs.find(({ worker }) => worker !== null)
  return job?.step ?? -1
}
