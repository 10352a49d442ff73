import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Runtime } from '../../src/engine/runtime.ts'
import { type SpawnWorker, startEngine } from '../../src/node/engine/client.ts'
import { keptEngine } from '../../src/node/engine/kept-engine.ts'
import { type JobEvents, jobEventNames, type ProjectParameters } from '../../src/node/engine/protocol.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { jobControl } from '../../src/node/worker/job-control.ts'
import { projectJob } from '../../src/node/worker/jobs/project.ts'
import { photographOrder } from './photographs.ts'
import {
  bits,
  engine,
  parametersOf,
  quickFan,
  temporaryFolder,
  tiny64,
  tinyOrder,
  watched,
} from './tiny-run.ts'

const ignored = Object.fromEntries(jobEventNames.map((name) => [name, () => undefined]))
const events = ignored as unknown as Required<JobEvents>

type Settings = Parameters<typeof tinyOrder>[1]

/** Of a search that ends as those do that are not the reference's. */
const usual = {
  ...{ steps: 4, confidence: true, landmarkMask: 1, shortMemory: true, quasiNewton: true },
  start: 'nearest',
  weights: { perceptual: 1, landmark: 0.1, noiseReg: 1e5, prior: 0.1, colour: 40 },
} as const

function asked(settings: Settings, files?: Partial<ProjectParameters['models']>): ProjectParameters {
  const parameters = parametersOf(tinyOrder('', settings), [], [])
  return { ...parameters, models: { ...parameters.models, ...files } }
}

/** The processor, and how many sessions are open on it and were opened. */
function counted() {
  const cpu = onnxRuntime('cpu')
  const count = { open: 0, opened: 0 }
  const runtime: Runtime = {
    ...cpu,
    async load(model, options) {
      const session = await cpu.load(model, options)
      count.open++
      count.opened++
      return {
        ...session,
        async dispose() {
          count.open--
          await session.dispose()
        },
      }
    },
  }
  return { runtime, count }
}

function search(parameters: ProjectParameters, keeps: boolean, { runtime }: ReturnType<typeof counted>) {
  const control = jobControl(events, undefined, keeps)
  return projectJob(parameters, events, control, async () => runtime)
}

test('searches of one kind open nothing twice, and another kind ends what they have left', async () => {
  const device = counted()
  const { count } = device
  const fan = join(temporaryFolder(), 'fan.pth')
  copyFileSync(quickFan, fan)
  const files = { landmarks: [{ path: fan }] }
  const kind = asked(usual, files)
  const sameKind = asked({ ...usual, seed: 7, steps: 3, weights: { ...usual.weights, colour: 3 } }, files)
  const inTurn: ProjectParameters[] = [
    ...[kind, sameKind, kind],
    asked({ ...usual, space: 'w+' }, files),
    asked({ steps: 2 }, files),
    kind,
  ]
  const opened: number[] = []
  const found: unknown[] = []
  for (const parameters of inTurn) {
    found.push(bits(await search(parameters, true, device)))
    opened.push(count.opened)
    // A step's graph, the two that read pictures, and the one that finds the start.
    expect(count.open).toBe(parameters.settings.start === undefined ? 3 : 4)
  }
  const news = opened.map((many, i) => many - (opened[i - 1] ?? 0))
  expect(news.map((many) => many > 0)).toEqual([true, false, false, true, true, true])
  // Another network under the name of the old one.
  copyFileSync(join(tiny64, 'fan.pth'), fan)
  found.push(bits(await search(kind, true, device)))
  expect(count.opened).toBeGreaterThan(opened.at(-1)!)

  const fresh = counted()
  const other = asked(usual, { landmarks: [{ path: join(tiny64, 'fan.pth') }] })
  expect(found[6]).toEqual(bits(await search(other, false, fresh)))
  copyFileSync(quickFan, fan)
  for (const i of [0, 1, 3]) expect(found[i]).toEqual(bits(await search(inTurn[i]!, false, fresh)))
  expect(found[2]).toEqual(found[0])
  expect(found[5]).toEqual(found[0])
  expect(fresh.count.open).toBe(0)
})

test('a process that is kept finds what a fresh one does, to the bit, also after a picture without a face', async () => {
  const spawned = watched(engine)
  const kept = keptEngine(spawned)
  const { settings, ...photographs } = photographOrder('', false)
  const ofPhotographs = parametersOf({ ...photographs, settings: { ...settings, steps: 2 } }, [], [])
  const faceless = { ...ofPhotographs, look: { ...asked({}).look, alignment: {} } }
  async function run(spawn: SpawnWorker, parameters: ProjectParameters) {
    const client = startEngine(spawn)
    try {
      const { seconds: _, pace: _pace, ...outcome } = await client.start('project', parameters).outcome
      return outcome
    } finally {
      client.close()
    }
  }
  const fresh = await run(engine, ofPhotographs)
  expect(await run(kept, ofPhotographs)).toEqual(fresh)
  await expect(run(kept, faceless)).rejects.toMatchObject({ code: 'bad-image' })
  expect(await run(kept, ofPhotographs)).toEqual(fresh)
  expect(spawned.processes.length).toBe(1)
  kept.close()
})
