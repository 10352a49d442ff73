import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AskedChange, Change, PointChange } from '../../src/engine/projection/changes.ts'
import { courseOf } from '../../src/engine/projection/course.ts'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import type { RefusedChange, TargetInput } from '../../src/node/engine/protocol.ts'
import { jobControl } from '../../src/node/worker/job-control.ts'

const points = (...moved: readonly PointChange[]): Change => ({ kind: 'points', points: moved })
const name = 'a'.repeat(64)
const torn: TargetInput = { name: 'torn.png', bytes: new Uint8Array([1, 2, 3]), alignment: 'none' }

/** A control, what it refused, and a way to ask it for changes. */
function controlled() {
  const refused: RefusedChange[] = []
  const control = jobControl({ refused: (refusal) => refused.push(refusal), wanted: () => undefined })
  let asks = 0
  const ask = (change: Change, picture?: TargetInput) =>
    control.hear({ kind: 'steer', id: 1, ask: `ask ${++asks}`, change, ...(picture && { picture }) })
  return { control, refused, ask }
}

/** What a step takes after these were asked for, with what it answers. */
async function answered(...changes: readonly Change[]): Promise<readonly AskedChange[]> {
  const { control, ask } = controlled()
  for (const change of changes) ask(change)
  await setImmediate()
  return control.takeChanges()
}

const taken = async (...changes: readonly Change[]) =>
  (await answered(...changes)).map(({ change }) => change)

describe('of the drags between two steps', () => {
  const corner = { index: 48, x: 0.4, y: 0.7 }
  const chin = { index: 8, x: 0.5, y: 0.9 }

  test('only the last of a point is taken', async () => {
    const last = points({ ...corner, x: 0.3 })
    expect(await taken(points(corner), points({ ...corner, x: 0.35 }), last)).toEqual([last])
  })

  test('one that lets the point go again is the last', async () => {
    expect(await taken(points(corner), points({ index: 48 }))).toEqual([points({ index: 48 })])
  })

  test('a drag of more points overrules one of fewer', async () => {
    expect(await taken(points(chin), points(corner, chin))).toEqual([points(corner, chin)])
  })

  test('a drag of fewer points leaves the others of an earlier one', async () => {
    const both = [points(corner, chin), points({ ...chin, y: 0.8 })]
    expect(await taken(...both)).toEqual(both)
  })

  test('drags of other points, and other changes, stay in their order', async () => {
    const finish: Change = { kind: 'finish', after: 3 }
    const moved = points({ ...corner, y: 0.6 })
    expect(await taken(points(corner), points(chin), finish, moved)).toEqual([points(chin), finish, moved])
  })

  test('what a step took is neither overruled nor taken again', async () => {
    const { control, ask } = controlled()
    ask(points(corner))
    await setImmediate()
    expect(control.takeChanges()).toEqual([{ asks: ['ask 1'], change: points(corner) }])
    ask(points({ ...corner, x: 0.3 }))
    await setImmediate()
    expect(control.takeChanges()).toEqual([{ asks: ['ask 2'], change: points({ ...corner, x: 0.3 }) }])
    expect(control.takeChanges()).toEqual([])
  })
})

test('what is overruled leaves nothing: the changes that are taken come to what all of them do', async () => {
  const weight = fc.constantFrom(0, 0.5, 2)
  const point = fc.record({ index: fc.integer({ min: 46, max: 50 }), x: weight, y: weight })
  const places = fc.uniqueArray(point, { minLength: 1, maxLength: 4, selector: ({ index }) => index })
  const terms = fc.record(
    { perceptual: weight, landmark: weight, noiseReg: weight, prior: weight, colour: weight },
    { requiredKeys: ['perceptual', 'landmark', 'noiseReg'] },
  )
  const change: fc.Arbitrary<Change> = fc.oneof(
    places.map((moved) => points(...moved)),
    terms.map((weights) => ({ kind: 'weights', weights }) as const),
    fc
      .array(weight, { minLength: 9, maxLength: 9 })
      .map((groupWeights) => ({ kind: 'group-weights', groupWeights }) as const),
    fc.constant({ kind: 'landmarks', picture: name, groups: [7] } as const),
    fc.constantFrom<Change>({ kind: 'hold' }, { kind: 'finish', after: 1 }),
  )
  const { weights } = referenceSettings
  const settings = { ...referenceSettings, weights: { ...weights, prior: 1, colour: 1 }, live: true }
  const course = (changes: readonly Change[]) =>
    courseOf(
      settings,
      changes.map((made) => ({ step: 5, change: made })),
    )
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 8 }), async (changes) => {
      const answers = await answered(...changes)
      expect(course(answers.map((answer) => answer.change))).toEqual(course(changes))
      // Each request is answered once, also one of a change that looks like another.
      const asks = answers.flatMap((answer) => answer.asks)
      expect(asks.sort()).toEqual(changes.map((_, i) => `ask ${i + 1}`))
    }),
  )
})

test('a picture that cannot be decoded is refused; what was asked for after it is taken', async () => {
  const { control, refused, ask } = controlled()
  ask({ kind: 'look', picture: name }, torn)
  ask({ kind: 'hold' })
  expect(control.takeChanges()).toEqual([])
  await expect.poll(() => refused).toHaveLength(1)
  await setImmediate()
  expect(control.takeChanges()).toEqual([{ asks: ['ask 2'], change: { kind: 'hold' } }])
  expect(refused[0]).toMatchObject({
    ask: 'ask 1',
    failure: { kind: 'refusal', code: 'bad-image', message: expect.stringContaining('torn.png') },
  })
  expect(control.picture(name)).toBeUndefined()
})

test('a pause ends when it is resumed, and when the job is stopped', async () => {
  const { control } = controlled()
  for (const kind of ['resume', 'stop'] as const) {
    expect(control.whilePaused()).toBeUndefined()
    control.hear({ kind: 'pause', id: 1 })
    const over = control.whilePaused()
    expect(over).toBeInstanceOf(Promise)
    control.hear({ kind, id: 1 })
    await over
    expect(control.shouldStop()).toBe(kind === 'stop')
  }
  expect(control.whilePaused()).toBeUndefined()
})
