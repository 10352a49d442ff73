import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { type SearchState, writeSnapshot } from '../../src/engine/projection/snapshot.ts'
import { floatTensor } from '../../src/engine/tensor.ts'
import type { ProjectionOrder } from '../../src/node/runs/kinds/projection/order.ts'
import { type Attempt, nextAttempt } from '../../src/node/runs/record/attempts.ts'
import {
  beforeChanges,
  keyframeName,
  keyframeStep,
  mostKeyframes,
  overMany,
} from '../../src/node/runs/record/keyframes.ts'
import { parseRecovery, recoveryText } from '../../src/node/runs/record/recovery-record.ts'
import { createRecovery, openRecovery } from '../../src/node/runs/recovery.ts'
import { snapshotSender } from '../../src/node/worker/snapshot-sender.ts'
import { temporaryFolder, tinyOrder, tinyPicture } from '../crash/tiny-run.ts'

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
  test.each<[string, (order: ProjectionOrder) => Parameters<typeof createRecovery>]>([
    ['at its second picture', (order) => [{ ...order, landmarks: broken }]],
    ['at a picture of a change', (order) => [order, { changes: [], pictures: { broken } }]],
    [
      'at the snapshot that it goes on from',
      (order) => [order, { changes: [], pictures: {}, snapshot: { step: 1, bytes: undefined as never } }],
    ],
  ])('%s leaves nothing, and can be made again', async (_, asked) => {
    const order = tinyOrder(temporaryFolder(), {})
    await expect(createRecovery(...asked(order))).rejects.toThrow()
    expect(readdirSync(order.folder)).toEqual([])
    const recovery = await createRecovery(order)
    await recovery.close()
    expect(readdirSync(order.folder)).toEqual(['recovery'])
  })
})

test('a snapshot is read once for a run that goes on, and anew once another was kept', async () => {
  const order = tinyOrder(temporaryFolder(), {})
  const bytes = (step: number) =>
    writeSnapshot({ ...stateAt(step), fingerprint: { settings: '', models: '', pictures: '' } })
  const first = await createRecovery(order)
  await first.keep({ step: 5, bytes: bytes(5) })
  await first.close()
  const again = await openRecovery(order.folder)
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
  const { look, landmarks, folder: _folder, ...rest } = tinyOrder('x', { live: true, space: 'w+' })
  const record = {
    ...rest,
    look: { name: look.name, sha256: 'a'.repeat(64), alignment: { face: 2 } },
    landmarks: { name: landmarks.name, sha256: 'b'.repeat(64), alignment: { points } },
    attempts: [crash('cuda', 25), attempt('cpu', { how: 'failed', reason: 'x' }), attempt('cpu')],
  }

  test('comes back', () => {
    expect(parseRecovery(recoveryText(record), 'p')).toEqual(record)
    for (const alignment of ['none', {}] as const) {
      const other = { ...record, landmarks: { ...record.landmarks, alignment } }
      expect(parseRecovery(recoveryText(other), 'p')).toEqual(other)
    }
    const { settings } = record
    const prior = { weights: { ...settings.weights, prior: 0.02 } }
    const starts = [{ start: 'nearest' as const }, { startTruncation: 0.7 }]
    for (const more of [prior, { confidence: true }, { landmarkMask: 0.5 }, ...starts]) {
      const held = { ...record, settings: { ...settings, ...more } }
      expect(parseRecovery(recoveryText(held), 'p')).toEqual(held)
    }
    const half = { ...record, precision: 'float16' } as const
    expect(parseRecovery(recoveryText(half), 'p')).toEqual(half)
  })

  test.each(['float8', 16, null])('with the precision %j is refused by that name', (precision) => {
    const text = JSON.stringify({ ...JSON.parse(recoveryText(record)), precision })
    expect(() => parseRecovery(text, 'p')).toThrow(
      expect.objectContaining({ code: 'bad-file', place: { file: 'p', name: 'precision' } }),
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
    const fields = JSON.parse(recoveryText(record))
    const text = JSON.stringify({ ...fields, landmarks: { ...fields.landmarks, alignment } })
    expect(() => parseRecovery(text, 'p')).toThrow(
      expect.objectContaining({ code: 'bad-file', place: { file: 'p', name: 'landmarks.alignment' } }),
    )
  })

  test('comes back with the files of a discriminator', () => {
    const files = { ...record.files, discriminator: [{ path: '/d', id: 'd', sha256: 'c'.repeat(64) }] }
    expect(parseRecovery(recoveryText({ ...record, files }), 'p').files).toEqual(files)
    const broken = JSON.parse(recoveryText({ ...record, files }))
    broken.files.discriminator = [{}]
    expect(() => parseRecovery(JSON.stringify(broken), 'p')).toThrow(/files\.discriminator/)
  })

  test.each([-0.1, 1.1, '1', null])('with a mask or a truncation of %j is refused', (amount) => {
    const fields = JSON.parse(recoveryText(record))
    for (const name of ['landmarkMask', 'startTruncation']) {
      const text = JSON.stringify({ ...fields, settings: { ...fields.settings, [name]: amount } })
      expect(() => parseRecovery(text, 'p')).toThrow(expect.objectContaining({ code: 'bad-file' }))
    }
  })

  test.each(['version', 'look', 'landmarks', 'settings', 'files', 'provider', 'attempts'])(
    'without %s is refused by that name',
    (field) => {
      const fields = JSON.parse(recoveryText(record))
      for (const value of [undefined, 7, 'x', {}, [0]]) {
        const text = JSON.stringify({ ...fields, [field]: value })
        expect(() => parseRecovery(text, 'p'), text.slice(0, 50)).toThrow(
          expect.objectContaining({ code: 'bad-file', message: expect.stringContaining(field) }),
        )
      }
    },
  )
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
