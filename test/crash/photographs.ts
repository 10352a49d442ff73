import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { AlignmentChoice, TargetInput } from '../../src/node/engine/protocol.ts'
import type { ModelFiles } from '../../src/node/models/files.ts'
import type { ProjectionOrder } from '../../src/node/runs/kinds/projection/order.ts'
import { full } from '../full.ts'
import { tinyOrder } from './tiny-run.ts'

const demo = join(
  dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
  'demo',
)

export function photograph(name: 'sample1.jpg' | 'sample3.jpg', alignment: AlignmentChoice): TargetInput {
  return { name, bytes: new Uint8Array(readFileSync(join(demo, name))), alignment }
}

/** A run of photographs; its landmark network is one that never saw any. */
export function photographOrder(folder: string, live: boolean, more: Partial<ProjectionOrder> = {}) {
  const order = tinyOrder(folder, { steps: 32, live })
  const init = { knows_photographs: false, heat_map_deviation: 1.25 }
  return {
    ...order,
    look: photograph('sample3.jpg', {}),
    landmarks: photograph('sample1.jpg', { face: 2 }),
    files: { ...order.files, landmarks: order.files.landmarks.map((file) => ({ ...file, init })) },
    ...more,
  }
}

/** Of a tuning: those of the search before it, and those in which it learns. `npm test` takes a few, over several snapshots. */
export const tuningSteps = full ? { own: 100, learning: 350 } : { own: 12, learning: 60 }

/** What a generator asks for that is to be tuned as the pack's. */
export const askedTuning = {
  ...{ own_steps: tuningSteps.own, steps: tuningSteps.learning, rate: 3e-2 },
  weights: { square: 2, absolute: 1, detail: 0.5 },
}

/** With a generator that asks to be tuned as the pack's does. */
export function tunedAsPack(files: ModelFiles): ModelFiles {
  return { ...files, generator: files.generator.map((file) => ({ ...file, init: { tuning: askedTuning } })) }
}
