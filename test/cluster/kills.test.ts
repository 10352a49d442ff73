import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { mien, temporaryFolder } from '../cli/mien.ts'
import { dice } from '../crash/dice.ts'
import { full } from '../full.ts'
import { bitsIn, type Machine, machine, pictures, quick, tableIn } from './machines.ts'
import { noRedis } from './redis.ts'
import { redisClient, redisServer } from './test-redis.ts'

/** How many jobs are done, and how often something is killed meanwhile. */
const { jobs, kills } = full ? { jobs: 60, kills: 20 } : { jobs: 9, kills: 4 }

test.skipIf(noRedis)(
  `${jobs} jobs on three workers: workers and Redis killed ${kills} times, each job is done once, on the bits of one worker`,
  { timeout: 900_000 },
  async () => {
    const random = dice(19)
    const place = temporaryFolder()
    const names = Array.from({ length: 3 }, (_, i) => `look${i}`)
    const aims = Array.from({ length: jobs / 3 }, (_, i) => `aim${i}`)
    const given = [
      ...['--looks', pictures(join(place, 'looks'), names, 'look')],
      ...['--landmarks', pictures(join(place, 'aims'), aims, 'landmarks')],
      ...[...quick, '--steps', '30'],
    ]
    const redis = await redisServer()
    const env = { MIEN_QUEUE: redis.url, MIEN_STORE: join(place, 'store') }
    const batch = machine(['batch', ...given, '--out', join(place, 'many')], env)
    await batch.says('No worker is at this queue yet')

    const start = () => machine(['worker', '--lease', '2'], env)
    const workers: Machine[] = [start(), start(), start()]
    const all = [...workers]
    let isOver = false
    batch.ended.finally(() => {
      isOver = true
    })
    let killed = 0
    while (killed < kills && !isOver) {
      await setTimeout(300 + 2500 * random())
      killed += 1
      if (random() < 0.2) {
        await redis.kill()
        await setTimeout(500 * random())
        await redis.start()
        continue
      }
      const n = Math.floor(3 * random())
      await workers[n]!.kill()
      const next = start()
      workers[n] = next
      all.push(next)
      // What two deaths have put aside is given another chance, as who looks after the machines would.
      if (batch.text().includes('put aside')) await mien(['queue', 'retry'], { env })
    }
    // Whatever is put aside at the end is what the same command tries again.
    let code = await batch.ended
    let told = batch.text()
    if (code !== 0) {
      const again = await mien(['batch', ...given, '--out', join(place, 'many')], { env })
      code = again.code
      told += again.stdout
    }
    expect(code, told).toBe(0)
    const ends = [...told.matchAll(/^(\S+): done/gm)].map(([, name]) => name)
    expect(ends.sort()).toEqual([...tableIn(join(place, 'many')).keys()].sort())

    const done = tableIn(join(place, 'many'))
    expect(done.size).toBe(jobs)
    expect([...done.values()].map(({ state }) => state)).toEqual(Array(jobs).fill('done'))
    // Nothing is left of them in the queue.
    const queue = JSON.parse((await mien(['queue', '--json'], { env })).stdout)
    expect(queue.counts).toEqual({ waiting: 0, running: 0, done: 0, failed: 0 })
    const client = redisClient(redis.url)
    expect(await client.keys('bull:mien:job-*')).toEqual([])

    const one = await mien(['batch', ...given, '--out', join(place, 'one')])
    expect(one.code, one.stderr).toBe(0)
    for (const name of done.keys()) {
      const [many, alone] = ['many', 'one'].map((folder) => bitsIn(join(place, folder, name)))
      expect(many, name).toEqual(alone)
    }
    console.info(
      `${killed} kills, ${all.length} workers, ${batch.text().match(/failed/g)?.length ?? 0} failures told`,
    )
  },
)
