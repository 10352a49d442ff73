import { readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { type SearchState, writeSnapshot } from '../../src/engine/projection/snapshot.ts'
import { floatTensor } from '../../src/engine/tensor.ts'
import {
  type KeptOrder,
  keptOrderOf,
  type ProjectionOrder,
} from '../../src/node/runs/kinds/projection/order.ts'
import { type Attempt, nextAttempt } from '../../src/node/runs/record/attempts.ts'
import {
  beforeChanges,
  keyframeName,
  keyframeStep,
  mostKeyframes,
  overMany,
} from '../../src/node/runs/record/keyframes.ts'
import { parseRecord, recordVersion } from '../../src/node/runs/record/record.ts'
import { recordFile } from '../../src/node/runs/record/record-file.ts'
import { createRecovery, type ResumePoint } from '../../src/node/runs/recovery.ts'
import { recordOfOrder } from '../../src/node/runs/run.ts'
import { snapshotSender } from '../../src/node/worker/snapshot-sender.ts'
import { newRecovery, recoveryIn, temporaryFolder, tinyOrder, tinyPicture } from '../crash/tiny-run.ts'

const attempt = (provider: Attempt['provider'], end?: Attempt['end']): Attempt => ({
  provider,
  pid: 1,
  started: '2020-01-01T00:00:00.000Z',
  from: 0,
  ...(end && { end }),
})
const crash = (provider: Attempt['provider'], at: number) =>
  attempt(provider, { how: 'crashed', reason: `lost at ${at}`, at })

const tensor = () => floatTensor([1, 1, 1], [1])
const noise = () => floatTensor([1], [1])
const stateAt = (step: number): SearchState => ({
  projection: {
    step,
    latent: { parameter: tensor(), first: tensor(), second: tensor() },
    noise: { parameter: noise(), first: noise(), second: noise() },
  },
  random: new MersenneTwister(1).state,
  changes: [],
})

describe('a beginning that fails midway', () => {
  const broken = { ...tinyPicture('look'), bytes: undefined as never }
  const nothing = { changes: [], pictures: {} }
  test.each<[string, Partial<ProjectionOrder>, ResumePoint]>([
    ['at its second picture', { landmarks: broken }, nothing],
    ['at a picture of a change', {}, { ...nothing, pictures: { broken } }],
    [
      'at the snapshot that it goes on from',
      {},
      { ...nothing, snapshot: { step: 1, bytes: undefined as never } },
    ],
  ])('%s leaves nothing, and can be made again', async (_, more, start) => {
    const { folder, ...order } = tinyOrder(temporaryFolder(), {})
    const record = recordFile(folder, recordOfOrder(order))
    const begin = ({ look, landmarks }: ProjectionOrder, at?: ResumePoint) =>
      createRecovery(record, { order: keptOrderOf(order), pictures: [look, landmarks] }, at)
    await expect(begin({ ...order, ...more }, start)).rejects.toThrow()
    expect(readdirSync(folder)).toEqual([])
    const recovery = await begin(order)
    await recovery.close()
    expect(readdirSync(folder)).toEqual(['recovery', 'run.json'])
  })
})

test('a snapshot is read once for a run that goes on, and anew once another was kept', async () => {
  const order = tinyOrder(temporaryFolder(), {})
  const bytes = (step: number) =>
    writeSnapshot({ ...stateAt(step), fingerprint: { settings: '', models: '', pictures: '' } })
  const first = await newRecovery(order)
  await first.keep({ step: 5, bytes: bytes(5) })
  await first.close()
  const again = await recoveryIn(order.folder)
  const path = join(order.folder, 'recovery', 'snapshot-0')
  rmSync(path)
  for (let i = 0; i < 2; i++) expect((await again.resumePoint()).snapshot?.step).toBe(5)
  await again.keep({ step: 6, bytes: bytes(6) })
  expect((await again.resumePoint()).snapshot?.step).toBe(6)
  await again.close()
})

describe('the next attempt', () => {
  test.each<[string, readonly Attempt[], number, object]>([
    ['of a new run is on what was chosen', [], 0, { kind: 'go', provider: 'auto' }],
    ['after one crash is on the same device', [crash('cuda', 25)], 25, { kind: 'go', provider: 'cuda' }],
    [
      'after two is on the processor',
      [crash('cuda', 25), crash('cuda', 25)],
      25,
      { kind: 'go', provider: 'cpu' },
    ],
    [
      'after two on the processor is none',
      [crash('cpu', 25), crash('cpu', 25)],
      25,
      { kind: 'aside', reason: 'lost at 25', times: 2 },
    ],
    [
      'after three is none',
      [crash('cuda', 0), crash('cuda', 0), crash('cpu', 0)],
      0,
      { kind: 'aside', reason: 'lost at 0', times: 3 },
    ],
    [
      'after a crash further on is one more',
      [crash('cpu', 25), crash('cpu', 50)],
      50,
      { kind: 'go', provider: 'cpu' },
    ],
    [
      'after a crash that a stop followed is on what was chosen',
      [crash('cuda', 5), attempt('cuda', { how: 'stopped' })],
      5,
      { kind: 'go', provider: 'auto' },
    ],
  ])('%s', (_when, attempts, step, expected) => {
    expect(nextAttempt(attempts, step, 'auto')).toEqual(expected)
  })
})

describe('keyframes', () => {
  test('are at most ten, spread over the run, with its first and last', () => {
    let kept: number[] = []
    for (let step = 25; step <= 10_000; step += 25) {
      kept.push(step)
      const dropped = new Set(overMany(kept, mostKeyframes))
      kept = kept.filter((other) => !dropped.has(other))
    }
    expect(kept).toHaveLength(10)
    expect([kept[0], kept.at(-1)]).toEqual([25, 10_000])
    const gaps = kept.slice(1).map((step, i) => step - kept[i]!)
    expect(Math.max(...gaps)).toBeLessThan(4000)
  })

  test('stay at the moments before the last five changes, and are as many', () => {
    let kept: number[] = []
    const changed = [30, 40, 140, 333, 334, 2001, 9990]
    for (let step = 1; step <= 10_000; step++) {
      if (step % 25 !== 0 && !changed.includes(step)) continue
      kept.push(step)
      const needed = beforeChanges(kept, changed)
      const dropped = new Set(overMany(kept, mostKeyframes, needed))
      kept = kept.filter((other) => !dropped.has(other))
    }
    expect(kept).toHaveLength(10)
    expect(kept).toEqual(expect.arrayContaining([25, 140, 333, 334, 2001, 9990, 10_000]))
  })

  test('are known by their names', () => {
    expect(keyframeStep(keyframeName(25))).toBe(25)
    for (const name of ['keyframe-', 'keyframe-2.5', 'snapshot-0']) expect(keyframeStep(name)).toBeUndefined()
  })
})

describe('the record of a run', () => {
  const points = Array.from({ length: 136 }, (_, i) => i / 7 - 3)
  const { folder: _, ...asked } = tinyOrder('x', { live: true, space: 'w+' })
  const started = recordOfOrder(asked)
  const order: KeptOrder = {
    ...keptOrderOf(asked),
    look: { name: 'a/look.png', sha256: 'a'.repeat(64), alignment: { face: 2 } },
    landmarks: { name: 'landmarks.png', sha256: 'b'.repeat(64), alignment: { points } },
  }
  const attempts = [crash('cuda', 25), attempt('cpu', { how: 'failed', reason: 'x' }), attempt('cpu')]
  const record = { ...started, order, attempts, resumable: true }
  const read = (fields: unknown) => parseRecord(JSON.parse(JSON.stringify(fields)), 'p')
  const withOrder = (more: object) => ({ ...record, order: { ...order, ...more } })

  test('comes back', () => {
    expect(read(started)).toEqual(started)
    expect(read(record)).toEqual(record)
    const { landmarks, settings } = order
    const prior = { weights: { ...settings.weights, prior: 0.02 } }
    const starts = [{ start: 'nearest' as const }, { startTruncation: 0.7 }]
    for (const held of [
      ...(['none', {}] as const).map((alignment) => withOrder({ landmarks: { ...landmarks, alignment } })),
      ...[prior, { confidence: true }, { landmarkMask: 0.5 }, ...starts].map((more) =>
        withOrder({ settings: { ...settings, ...more } }),
      ),
      withOrder({ precision: 'float16' }),
    ]) {
      expect(read(held)).toEqual(held)
    }
  })

  test('shows a run of the command line as the window would ask for it', () => {
    expect(started).toMatchObject({ name: 'look + landmarks', state: 'starting', resumable: false })
    expect(started.setup).toMatchObject({
      ...{ look: 'look', landmarks: 'landmarks', device: 'cpu', result: 'drawn' },
      models: { generator: 'generator', landmarks: 'fan', perceptual: 'vgg16' },
      settings: { live: true, space: 'w+', start: 'average', confidence: false, landmarkMask: 0 },
    })
    expect(started.pictures.map(({ id, sha256 }) => [id, sha256.length])).toEqual([
      ['look', 64],
      ['landmarks', 64],
    ])
  })

  test.each(['float8', 16, null])('with the precision %j is refused by that name', (precision) => {
    expect(() => read(withOrder({ precision }))).toThrow(
      expect.objectContaining({ code: 'bad-file', place: { file: 'p', name: 'order.precision' } }),
    )
  })

  test.each([
    undefined,
    7,
    'x',
    [0],
    { face: 0 },
    { face: '1' },
    { face: 1, points },
    { points: points.slice(1) },
    { points: points.map(String) },
    { quad: [] },
  ])('without a sound alignment, %j, is refused by its name', (alignment) => {
    expect(() => read(withOrder({ landmarks: { ...order.landmarks, alignment } }))).toThrow(
      expect.objectContaining({ code: 'bad-file', place: { file: 'p', name: 'order.landmarks.alignment' } }),
    )
  })

  test('names installed models by their ids, and other files by whole paths', () => {
    const generator = [{ path: '/models/a.pt', id: 'a', sha256: 'c'.repeat(64) }]
    const discriminator = [{ path: 'd.pkl', init: { size: 4 } }]
    const { files } = keptOrderOf({ ...asked, files: { ...asked.files, generator, discriminator } })
    expect(files).toMatchObject({
      generator: [{ id: 'a' }],
      discriminator: [{ path: resolve('d.pkl'), init: { size: 4 } }],
    })
    expect(Object.keys(files.generator[0]!)).toEqual(['id'])
    expect(read(withOrder({ files })).order!.files).toEqual(files)
    expect(() => read(withOrder({ files: { ...files, discriminator: [{}] } }))).toThrow(
      /order\.files\.discriminator/,
    )
  })

  test.each([-0.1, 1.1, '1', null])('with a mask or a truncation of %j is refused', (amount) => {
    for (const name of ['landmarkMask', 'startTruncation']) {
      const settings = { ...order.settings, [name]: amount }
      expect(() => read(withOrder({ settings }))).toThrow(expect.objectContaining({ code: 'bad-file' }))
    }
  })

  test.each(['look', 'landmarks', 'settings', 'files', 'provider'])(
    'without the %s of its order is refused by that name',
    (field) => {
      for (const value of [undefined, 7, 'x', {}, [0]]) {
        expect(() => read(withOrder({ [field]: value }))).toThrow(
          expect.objectContaining({ code: 'bad-file', message: expect.stringContaining(`order.${field}`) }),
        )
      }
    },
  )

  test.each(['version', 'id', 'name', 'state', 'setup', 'asked', 'pictures', 'attempts', 'resumable'])(
    'without %s is refused by that name',
    (field) => {
      for (const value of [undefined, -7, {}, [0]]) {
        expect(() => read({ ...record, [field]: value })).toThrow(
          expect.objectContaining({ code: 'bad-file', message: expect.stringContaining(`"${field}`) }),
        )
      }
    },
  )

  test('of a newer Mien says so', () => {
    expect(() => read({ ...record, version: recordVersion + 1 })).toThrow('p was written by a newer Mien.')
  })
})

test('snapshots are sent every 25 steps or 5 seconds, and the last one once', () => {
  let now = 0
  const sent: number[] = []
  const sender = snapshotSender(
    { settings: '', models: '', pictures: '' },
    ({ step }) => sent.push(step),
    () => now,
  )
  for (let step = 1; step <= 60; step++) {
    now += step === 31 ? 5000 : 10
    sender.offer(stateAt(step))
  }
  expect(sent).toEqual([25, 31, 56])
  sender.flush()
  sender.flush()
  expect(sent).toEqual([25, 31, 56, 60])

  // The moment before a change, and before a drag of many, unless it was sent.
  sent.length = 0
  const changesAfter = (step: number) => {
    sender.offer(stateAt(step))
    now += 300
    return sender.beforeChanges()
  }
  now += 1000
  expect([61, 62, 63, 64].map(changesAfter)).toEqual([true, false, false, false])
  now += 1000
  expect(changesAfter(65)).toBe(true)
  now += 1000
  expect(sender.beforeChanges()).toBe(false)
  expect(sent).toEqual([61, 65])
})
