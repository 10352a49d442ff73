import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Queue } from 'bullmq'
import { expect, onTestFinished, test } from 'vitest'
import { sha256 } from '../../src/node/host/sha256.ts'
import { zipWriter } from '../../src/node/host/zip-writer.ts'
import { filesIn, mien, temporaryFolder, tiny64 } from '../cli/mien.ts'
import { machine, quick } from './machines.ts'
import { noRedis } from './redis.ts'
import { redisClient, redisServer } from './test-redis.ts'

/** A batch of one job that waits in a queue, and the queue as anybody with the password has it. */
async function waitingJob() {
  const place = temporaryFolder()
  const redis = await redisServer()
  const env = { MIEN_QUEUE: redis.url, MIEN_STORE: join(place, 'store'), MIEN_HOME: join(place, 'home') }
  const batch = machine(
    [
      ...['batch', '--looks', join(tiny64, 'look.png'), '--landmarks', join(tiny64, 'landmarks.png')],
      ...[...quick, '--steps', '2', '--out', join(place, 'out')],
    ],
    env,
  )
  await batch.says('No worker')
  const client = redisClient(redis.url)
  const queue = new Queue('mien', { connection: client })
  onTestFinished(() => queue.close())
  const [job] = await queue.getWaiting()
  return { place, env, batch, client, queue, job: job!, store: env.MIEN_STORE }
}

/** Lays a file into a store as somebody with the shared folder can. */
function lay(store: string, area: string, bytes: Uint8Array, hash = sha256(bytes)): string {
  mkdirSync(join(store, area, hash.slice(0, 2)), { recursive: true })
  writeFileSync(join(store, area, hash.slice(0, 2), hash), bytes)
  return hash
}

function zipOf(...names: readonly string[]): Uint8Array {
  const zip = zipWriter()
  for (const name of names) zip.add({ name, bytes: new TextEncoder().encode('{}') })
  return zip.end()
}

const marker = `escaped-${process.pid}`
const escaping = [`../../../${marker}`, join(tmpdir(), marker), `a/../../../${marker}`, `..\\..\\${marker}`]

function expectNoEscape(place: string): void {
  const folders = [place, join(place, 'out'), tmpdir(), join(tmpdir(), '..')]
  expect(folders.map((folder) => join(folder, marker)).filter(existsSync)).toEqual([])
}

test.skipIf(noRedis)(
  'jobs that were put into Redis by hand make a worker read and write nothing else',
  async () => {
    const { place, env, batch, queue, job, store } = await waitingJob()
    const secret = join(place, 'secret')
    writeFileSync(secret, 'the secret')
    await queue.pause()
    const { data } = job
    const { order } = data
    const add = (name: string, changed: object, progress?: object) =>
      queue.add(name, changed).then(async (added) => {
        if (progress) await added.updateProgress(progress)
      })
    const withLook = (look: object) => ({ ...data, order: { ...order, look: { ...order.look, ...look } } })
    const withModel = (generator: object) => ({
      ...data,
      order: { ...order, files: { ...order.files, generator: [generator] } },
    })

    // Paths in place of hashes, and beside them.
    await add('no-job-1', withLook({ sha256: '../../../secret' }))
    await add('no-job-2', withLook({ sha256: secret }))
    await add('no-job-3', withModel({ path: secret }))
    await add('no-job-4', { ...data, order: { ...order, folder: join(place, 'escaped') } })
    await add('no-job-5', { look: secret })
    await add('no-job-6', JSON.parse(`{"__proto__": {"version": "${data.version}"}, "order": []}`))
    await queue.add('no-job-7', 'x'.repeat(1e6))
    // Sound jobs of which the store holds something else: a link to elsewhere, other bytes, no model, nothing.
    const linked = 'b'.repeat(64)
    mkdirSync(join(store, 'inputs', 'bb'), { recursive: true })
    symlinkSync(secret, join(store, 'inputs', 'bb', linked))
    await add('bad-1', withLook({ sha256: linked }))
    await add('bad-2', withLook({ sha256: lay(store, 'inputs', Buffer.from('other'), 'c'.repeat(64)) }))
    await add('bad-3', withLook({ sha256: lay(store, 'inputs', Buffer.from('no picture')) }))
    await add(
      'bad-4',
      withModel({
        sha256: lay(store, 'inputs', Buffer.from(`cos\nsystem\n(S"touch ${join(tmpdir(), marker)}"\ntR.`)),
      }),
    )
    await add('bad-5', withLook({ sha256: 'd'.repeat(64) }))
    // Runs to go on with that name files outside.
    for (const [i, name] of escaping.entries()) {
      await add(`bad-${6 + i}`, data, {
        worker: 'w',
        step: 1,
        state: lay(store, 'states', zipOf('run.json', name)),
      })
    }
    await add('fine\x1b[2J', data, { worker: '\x1b[31m', step: -1, state: '../../secret' })

    const before = filesIn(place).filter((name) => !/^(home|out|store\/(results|states))/.test(name))
    await queue.resume()
    const worker = machine(['worker', '--json'], env)
    await worker.says('"name":"fine [2J","state":"done"')
    expect(await batch.ended, batch.text()).toBe(0)
    const ends = worker
      .text()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line))
    const failed = ends.filter(({ state }) => state === 'failed')
    expect(failed.map(({ name }) => name).sort()).toEqual([
      ...Array.from({ length: 9 }, (_, i) => `bad-${i + 1}`),
      ...Array.from({ length: 7 }, (_, i) => `no-job-${i + 1}`),
    ])
    for (const { name, reason } of failed) {
      if (name.startsWith('no-job')) expect(reason).toBe('It is no job of Mien.')
      expect(reason).not.toContain('the secret')
    }
    // Neither worker nor queue has shown or changed anything but results.
    const after = filesIn(place).filter((name) => !/^(home|out|store\/(results|states))/.test(name))
    expect(after).toEqual(before)
    expectNoEscape(place)
    expect(readFileSync(secret, 'utf8')).toBe('the secret')
    expect((await mien(['queue'], { env })).code).toBe(0)
  },
)

test.skipIf(noRedis)('results that somebody has forged are refused by who follows the batch', async () => {
  for (const forged of [
    zipOf('run.json', `../../../${marker}`),
    zipOf('run.json'),
    Buffer.from('no zip'),
    undefined,
  ]) {
    const { place, batch, job, client, store } = await waitingJob()
    const result = forged === undefined ? '../../../secret' : lay(store, 'results', forged)
    // As a worker would end it.
    await client.hset(`bull:mien:${job.id}`, { returnvalue: JSON.stringify({ result }), finishedOn: '1' })
    await client.lrem('bull:mien:wait', 1, job.id!)
    await client.zadd('bull:mien:completed', 1, job.id!)
    await client.xadd('bull:mien:events', '*', 'event', 'completed', 'jobId', job.id!, 'returnvalue', '{}')
    expect(await batch.ended).not.toBe(0)
    expect(batch.text()).toMatch(/look\+landmarks failed: /)
    expect(filesIn(join(place, 'out'))).toEqual(['batch.csv'])
    expectNoEscape(place)
  }
})

test.skipIf(noRedis)(
  'a worker of another version or store gives jobs back with a sentence, and takes no more',
  async () => {
    const { place, env, queue, job, batch } = await waitingJob()
    const other = join(place, 'other')
    mkdirSync(other)
    const early = machine(['worker', '--store', other], env)
    await early.says('is no store: it has no store.json. Waiting for it')
    const mark = readFileSync(join(env.MIEN_STORE, 'store.json'), 'utf8')
    writeFileSync(
      join(other, 'store.json'),
      mark.replace(/"id":"./, (text) => (text.endsWith('0') ? '"id":"1' : '"id":"0')),
    )
    expect(await early.ended).toBe(2)
    expect(early.text()).toContain('lie in another store than this worker has')

    const { data } = job
    await job.updateData({ ...data, version: '99.0.0' })
    const otherVersion = await mien(['worker'], { env })
    expect(otherVersion.code).toBe(2)
    expect(otherVersion.stderr).toMatch(/are of Mien 99\.0\.0; this worker is of \d/)
    expect(await queue.getWaitingCount()).toBe(1)

    await job.updateData(data)
    machine(['worker'], env)
    expect(await batch.ended, batch.text()).toBe(0)
  },
)
