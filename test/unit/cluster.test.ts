import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import { idOfMessage, type JobMessage, readMessage } from '../../src/node/cluster/job-message.ts'
import { packRun, unpackRun } from '../../src/node/cluster/packed-run.ts'
import { queueClock } from '../../src/node/cluster/queue-clock.ts'
import { zipWriter } from '../../src/node/host/zip-writer.ts'
import { filesIn, temporaryFolder } from '../cli/mien.ts'

const hash = 'a'.repeat(64)
const picture = { name: 'anna.png', sha256: hash, alignment: {} } as const
const message: JobMessage = {
  version: '1.2.3',
  store: 'b1946ac9-2492-4d23-8470-1b3f2ff0a2b2',
  order: {
    ...{ look: picture, landmarks: picture, settings: referenceSettings, provider: 'auto', film: false },
    files: { generator: [{ sha256: hash }], landmarks: [{ sha256: hash }], perceptual: [{ sha256: hash }] },
  },
}

test('a job is read as it was sent', () => {
  expect(readMessage(JSON.parse(JSON.stringify(message)))).toEqual(message)
})

test('the same job under the same name has one id, another one another', () => {
  const id = idOfMessage(message, 'a+b')
  expect(id).toMatch(/^job-[0-9a-f]{40}$/)
  expect(idOfMessage(JSON.parse(JSON.stringify(message)), 'a+b')).toBe(id)
  expect(idOfMessage(message, 'a+c')).not.toBe(id)
  expect(idOfMessage({ ...message, version: '1.2.4' }, 'a+b')).not.toBe(id)
})

const { order } = message
const hostile: Readonly<Record<string, unknown>> = {
  nothing: undefined,
  null: null,
  text: 'job',
  list: [message],
  'no order': { ...message, order: undefined },
  'a path of a model': {
    ...message,
    order: { ...order, files: { ...order.files, generator: [{ path: '/etc/passwd' }] } },
  },
  'a path beside the hash': {
    ...message,
    order: { ...order, files: { ...order.files, generator: [{ sha256: hash, path: '/etc/passwd' }] } },
  },
  'a hash that is a path': {
    ...message,
    order: { ...order, look: { ...picture, sha256: '../../../etc/passwd' } },
  },
  'a hash that is too long': { ...message, order: { ...order, look: { ...picture, sha256: `${hash}a` } } },
  'a hash in capitals': { ...message, order: { ...order, look: { ...picture, sha256: hash.toUpperCase() } } },
  'an id of a model': {
    ...message,
    order: { ...order, files: { ...order.files, generator: [{ id: '../x' }] } },
  },
  'three files of a model': {
    ...message,
    order: { ...order, files: { ...order.files, perceptual: Array(3).fill({ sha256: hash }) } },
  },
  'a folder': { ...message, folder: '/tmp/x' },
  'a folder in the order': { ...message, order: { ...order, folder: '/tmp/x' } },
  'a search without an end': {
    ...message,
    order: { ...order, settings: { ...referenceSettings, live: true } },
  },
  'no threads': { ...message, order: { ...order, threads: 0 } },
  'a million threads': { ...message, order: { ...order, threads: 1e6 } },
  'a billion steps': { ...message, order: { ...order, settings: { ...referenceSettings, steps: 1e9 } } },
  'half a step': { ...message, order: { ...order, settings: { ...referenceSettings, steps: 0.5 } } },
  'an unknown provider': { ...message, order: { ...order, provider: 'rm -rf' } },
  'an unknown setting': { ...message, order: { ...order, settings: { ...referenceSettings, shell: 'x' } } },
  'another alignment': { ...message, order: { ...order, look: { ...picture, alignment: { face: -1 } } } },
  'a long text': { ...message, version: 'x'.repeat(2 ** 16) },
  'a deep constructor argument': {
    ...message,
    order: {
      ...order,
      files: { ...order.files, generator: [{ sha256: hash, init: { a: 'x'.repeat(2 ** 16) } }] },
    },
  },
}

test.each(Object.entries(hostile))('%s is no job', (_, data) => {
  expect(readMessage(data)).toBeUndefined()
})

test('a run is packed with what it takes to go on, but for the pictures', async () => {
  const [from, to] = [temporaryFolder(), join(temporaryFolder(), 'to')]
  mkdirSync(join(from, 'recovery', 'pictures'), { recursive: true })
  for (const name of [
    'run.json',
    'proj.png',
    'recovery/snapshot-0',
    `recovery/pictures/${hash}`,
    '.hidden',
  ]) {
    writeFileSync(join(from, name), name)
  }
  writeFileSync(join(from, 'recovery', 'snapshot-1'), 'older')
  utimesSync(join(from, 'recovery', 'snapshot-1'), 1, 1)
  const packed = await packRun(from)
  expect(await packRun(from)).toEqual(packed)
  await unpackRun('run', packed, to)
  expect(filesIn(to)).toEqual(['proj.png', 'recovery', 'recovery/snapshot-0', 'run.json'])
  expect(readFileSync(join(to, 'recovery', 'snapshot-0'), 'utf8')).toBe('recovery/snapshot-0')
})

test.each([
  '../escaped',
  '/escaped',
  'a/../../escaped',
  'C:\\escaped',
  'a\\..\\..\\escaped',
  'con',
  'a/b:c',
  'x\0y',
])('a packed run that names %j is refused, and nothing of it is written', async (name) => {
  const place = temporaryFolder()
  const zip = zipWriter()
  zip.add({ name: 'run.json', bytes: new Uint8Array(3) })
  zip.add({ name, bytes: new Uint8Array(3) })
  await expect(unpackRun('run', zip.end(), join(place, 'a', 'b'))).rejects.toMatchObject({ code: 'bad-file' })
  expect(filesIn(place)).toEqual([])
})

test('the time that is left for jobs on several machines', () => {
  let now = 0
  const job = (name: string) => ({ name, order: { settings: { steps: 10 } } })
  const facts = { step: 10, device: null, terms: null, identity: null, seconds: null, likeness: null }
  const jobs = ['a', 'b', 'c', 'd'].map(job)
  const none = { how: 'none' } as const
  const clock = queueClock(jobs, [{ how: 'done', facts }, none, none, none], () => now)
  expect(clock.progress()).toEqual({
    over: 1,
    jobs: 4,
    running: [],
    step: 10,
    steps: 40,
    secondsLeft: undefined,
  })
  now = 100
  clock.at(1, 2)
  expect(clock.progress()).toMatchObject({ running: ['b'], step: 12, secondsLeft: undefined })
  now = 104
  clock.at(1, 4)
  clock.at(2, 2)
  // Four steps in four seconds, and 24 to come.
  expect(clock.progress()).toMatchObject({ running: ['b', 'c'], step: 16, secondsLeft: 24 })
  // The worker died; another one begins anew.
  clock.at(2, 0)
  expect(clock.progress()).toMatchObject({ step: 14, secondsLeft: 52 })
  clock.ended(2, 'failed')
  // Steps that nobody made cost nothing.
  expect(clock.progress()).toMatchObject({ over: 2, running: ['b'], step: 24, secondsLeft: 32 })
  clock.ended(1, 'done')
  expect(clock.progress()).toMatchObject({ over: 3, running: [], step: 30, secondsLeft: 5 })
})
