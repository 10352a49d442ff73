import { beforeAll, describe, expect, test } from 'vitest'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import { floatTensor } from '../../src/engine/tensor.ts'
import type { AnimatedFrame, AnimateParameters } from '../../src/node/engine/animate-messages.ts'
import {
  type JobEventData,
  type JobEventName,
  type JobEvents,
  jobEventNames,
} from '../../src/node/engine/protocol.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { jobControl } from '../../src/node/worker/job-control.ts'
import { animateJob } from '../../src/node/worker/jobs/animate.ts'
import { parametersOf, tinyOrder } from '../crash/tiny-run.ts'

const frameCount = 5
const [points, coordinates] = [68, 2]

/** Landmarks about the middle that sway from frame to frame. */
const targets = floatTensor(
  [frameCount, points, coordinates],
  Float32Array.from({ length: frameCount * points * coordinates }, (_, i) => {
    const [frame, place] = [Math.floor(i / (points * coordinates)), i % (points * coordinates)]
    return 0.5 + 0.1 * new MersenneTwister(7).normals(points * coordinates)[place]! + 0.02 * Math.sin(frame)
  }),
)

function wanted(...frames: readonly number[]): AnimateParameters['frames'] {
  return frames.map((index) => ({ index }))
}

const order = tinyOrder('', { steps: 4 })
const { models, look, execution } = parametersOf(order, [], [])
const asked: AnimateParameters = {
  ...{ models, look, execution, targets, steps: 2, first: 1 },
  settings: { ...referenceSettings, steps: 4 },
  frames: wanted(0, 1, 2, 3, 4),
}

/** Does the job, and stops it when it has told so many of an event. */
async function animated(parameters: AnimateParameters, stopAfter?: readonly [JobEventName, number]) {
  const told: [JobEventName, unknown][] = []
  const events = Object.fromEntries(
    jobEventNames.map((name) => [
      name,
      (data: unknown) => {
        told.push([name, data])
        const [last, count] = stopAfter ?? []
        if (name === last && told.filter(([other]) => other === last).length === count) {
          control.hear({ kind: 'stop', id: 0 })
        }
      },
    ]),
  ) as unknown as Required<JobEvents>
  const control = jobControl(events)
  const of = <E extends JobEventName>(name: E) =>
    told.filter(([other]) => other === name).map(([, data]) => data as JobEventData[E])
  return { outcome: await animateJob(parameters, events, control), of, names: told.map(([name]) => name) }
}

const byIndex = (frames: readonly AnimatedFrame[]) => [...frames].sort((a, b) => a.index - b.index)

describe('a film of what the generator draws', () => {
  let whole: Awaited<ReturnType<typeof animated>>
  beforeAll(async () => {
    whole = await animated(asked)
  })
  const known = () => {
    const [firstFrame, directions] = [whole.of('firstFrame')[0]!, whole.of('directions')[0]!]
    return { firstFrame, directions }
  }

  test('tells its first frame, its directions, and each frame', async () => {
    const { outcome, of, names } = whole
    const order = names.filter((name) =>
      ['progress', 'firstFrame', 'portion', 'directions', 'frame'].includes(name),
    )
    expect(order.filter((name, i) => name !== order[i - 1])).toEqual([
      ...['progress', 'firstFrame', 'portion', 'directions', 'frame'],
    ])
    expect(of('progress').map(({ step }) => step)).toEqual([1, 2, 3, 4])
    expect(of('portion').at(-1)).toBe(1)
    expect(outcome).toMatchObject({ stopped: false, count: frameCount, provider: 'cpu' })
    expect(outcome.firstFrame).toEqual(of('firstFrame')[0])
    const frames = of('frame')
    expect(frames.map(({ index }) => ({ index }))).toEqual(asked.frames)
    for (const { latent, error, preview } of frames) {
      expect(latent.shape).toEqual(outcome.firstFrame.latent.shape)
      expect(error).toBeGreaterThan(0)
      expect(await sharpCodec.decode(preview, 'preview')).toMatchObject({ width: 64, height: 64 })
    }
    const latents = new Set(frames.map(({ latent }) => latent.data.join()))
    expect(latents.size).toBe(frameCount)
  })

  test('is the same to the bit in any order, and from what was kept', async () => {
    const { outcome, of, names } = await animated({ ...asked, known: known(), frames: wanted(3, 0, 4, 2, 1) })
    expect(of('frame').map(({ index }) => index)).toEqual([3, 0, 4, 2, 1])
    expect(byIndex(of('frame'))).toEqual(whole.of('frame'))
    expect(outcome.firstFrame).toEqual(whole.outcome.firstFrame)
    for (const name of ['progress', 'firstFrame', 'portion', 'directions']) expect(names).not.toContain(name)
  })

  test('is the same to the bit where it was stopped at a frame, or before its directions were found', async () => {
    const stopped = await animated({ ...asked, known: known() }, ['frame', 2])
    expect(stopped.outcome).toMatchObject({ stopped: true, count: 2 })
    const { firstFrame } = known()
    const rest = await animated({ ...asked, known: { firstFrame }, frames: wanted(2, 3, 4) })
    expect(rest.of('directions')).toEqual(whole.of('directions'))
    expect([...stopped.of('frame'), ...rest.of('frame')]).toEqual(whole.of('frame'))
    await expect(animated(asked, ['portion', 1])).rejects.toMatchObject({ code: 'stopped' })
    await expect(animated(asked, ['progress', 1])).rejects.toMatchObject({ code: 'stopped' })
  })

  test('changes in a frame whose target is another, and there alone', async () => {
    const moved = floatTensor(targets.shape, targets.data.slice())
    for (let i = 0; i < 10; i++) moved.data[2 * points * coordinates + i]! += 0.05
    const { of } = await animated({ ...asked, targets: moved, known: known() })
    const same = of('frame').map(
      ({ latent }, i) => `${latent.data}` === `${whole.of('frame')[i]!.latent.data}`,
    )
    expect(same).toEqual([true, true, false, true, true])
  })

  let withoutSteps: ReturnType<typeof animated> | undefined
  /** The frames as they are without a step, searched for once. */
  async function unrefined(): Promise<readonly AnimatedFrame[]> {
    withoutSteps ??= animated({ ...asked, steps: 0, known: known() })
    return (await withoutSteps).of('frame')
  }

  test('costs no step where none are asked for, and is near its refined self', async () => {
    for (const [i, { latent }] of (await unrefined()).entries()) {
      const refined = whole.of('frame')[i]!.latent.data
      // Two steps of Adam move a number by the rate at most, each.
      const gap = Math.max(...latent.data.map((value, k) => Math.abs(value - refined[k]!)))
      expect(gap).toBeGreaterThan(0)
      expect(gap).toBeLessThan(2 * 0.03 + 1e-6)
    }
  })

  test('is searched again by more steps, and keeps what is better by the objective', async () => {
    const few = whole.of('frame')[3]!
    const [many] = (await animated({ ...asked, known: known(), frames: wanted(3), steps: 12 })).of('frame')
    expect(many!.latent.data).not.toEqual(few.latent.data)
    const again = (steps: number, found?: AnimatedFrame) => ({
      index: 3,
      again: { steps, ...(found && { found: found.latent }) },
    })
    const frames = [again(12, few), again(12), again(2, many), again(12, (await unrefined())[3])]
    const [more, unknown, fewer, refined] = (await animated({ ...asked, known: known(), frames })).of('frame')
    expect(more).toEqual(many)
    // What it is compared with is made where it was not kept.
    expect(unknown).toEqual(many)
    expect(fewer).toEqual(many)
    expect(refined!.latent).toEqual(many!.latent)
  })

  test('has a row a layer in W+', async () => {
    const settings = { ...asked.settings, space: 'w+' } as const
    const { of, outcome } = await animated({ ...asked, settings, frames: wanted(0) })
    const rows = outcome.firstFrame.latent.shape[1]!
    expect(rows).toBeGreaterThan(1)
    expect(of('frame')[0]!.latent.shape).toEqual([1, rows, outcome.firstFrame.latent.shape[2]])
  })

  test('refuses what was kept of another search, and frames without targets', async () => {
    const other = { ...asked, settings: { ...asked.settings, seed: 1 }, known: known() }
    await expect(animated(other)).rejects.toMatchObject({
      code: 'mismatch',
      message: 'The settings changed since the run was interrupted.',
    })
    await expect(animated({ ...asked, frames: wanted(5), known: known() })).rejects.toMatchObject({
      code: 'wrong-use',
      message: 'There is no target for frame 5; there are 5.',
    })
    const flat = floatTensor([frameCount, points * coordinates], targets.data)
    await expect(animated({ ...asked, targets: flat })).rejects.toMatchObject({ code: 'wrong-use' })
  })
})
