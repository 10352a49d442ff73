import { expect, test } from 'vitest'
import { MienError } from '../../src/engine/errors.ts'
import type { Runtime } from '../../src/engine/runtime.ts'
import { startEngine } from '../../src/node/engine/client.ts'
import { type JobEvents, jobEventNames, type TargetImages } from '../../src/node/engine/protocol.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { jobControl } from '../../src/node/worker/job-control.ts'
import { projectJob } from '../../src/node/worker/jobs/project.ts'
import type { OnThread } from '../../src/node/worker/thread-worker.ts'
import { photographOrder } from './photographs.ts'
import { bits, engine, parametersOf, replay, tinyOrder, tinyPicture } from './tiny-run.ts'

const { settings, ...photographs } = photographOrder('', false)
const parameters = parametersOf({ ...photographs, settings: { ...settings, steps: 2 } }, [], [])

/** Events of which the targets and the sentences are kept. */
function listener() {
  const heard: { targets?: TargetImages; readonly notices: string[] } = { notices: [] }
  const ignored = Object.fromEntries(jobEventNames.map((name) => [name, () => undefined]))
  const events = {
    ...(ignored as unknown as Required<JobEvents>),
    targets: (targets: TargetImages) => {
      heard.targets = targets
    },
    notice: (sentence: string) => heard.notices.push(sentence),
  }
  return { heard, events }
}

test('a search that is prepared on a thread is the one that is prepared in turn, to the bit', async () => {
  const [thread, turn] = [listener(), listener()]
  const client = startEngine(engine)
  const beside = await client.start('project', parameters, thread.events).outcome
  client.close()
  const choose = async () => onnxRuntime('cpu')
  const inTurn = await projectJob(parameters, turn.events, jobControl(turn.events), choose)
  expect(bits(beside)).toEqual(bits(inTurn))
  expect(thread.heard).toEqual(turn.heard)
})

test('what is wrong with a picture is told before the graph of the search is built', async () => {
  const stages: string[] = []
  const { events } = listener()
  const told = { ...events, stage: (stage: string) => stages.push(stage) }
  const choose = async () => onnxRuntime('cpu')
  const damaged = () => Promise.reject(new MienError('bad-image', 'look.png is damaged.'))
  const search = projectJob(parameters, told, jobControl(told), choose, damaged)
  await expect(search).rejects.toMatchObject({ code: 'bad-image' })
  expect(stages).toEqual(['models'])
})

test('no graph is loaded once it is told, while the graph is built', async () => {
  const { events } = listener()
  const loaded: unknown[] = []
  const runtime: Runtime = {
    provider: 'cpu',
    async load(model) {
      loaded.push(model)
      throw new Error('not to be loaded')
    },
  }
  let refuse: (reason: MienError) => void = () => undefined
  const onThread: OnThread = () => new Promise((_, reject) => (refuse = reject))
  const bad = new MienError('bad-image', 'look.png is damaged.')
  const told = { ...events, stage: (stage: string) => stage === 'graph' && refuse(bad) }
  const search = projectJob(parameters, told, jobControl(told), async () => runtime, onThread)
  await expect(search).rejects.toBe(bad)
  expect(loaded).toEqual([])
})

test('a picture without a face is told of before a model that cannot be read', async () => {
  const order = tinyOrder('', { steps: 2 }, { look: { ...tinyPicture('look'), alignment: {} } })
  const files = { ...order.files, perceptual: [{ path: 'missing.pth' }] }
  await expect(replay({ ...order, files }, [], [])).rejects.toMatchObject({ code: 'bad-image' })
})
