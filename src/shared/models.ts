import * as v from 'valibot'
import { providers } from '../engine/runtime.ts'
import { failure } from './failure.ts'
import { count, id } from './fields.ts'
import { searchSettings } from './setup.ts'

/** An installed model as the window shows it. */
export const model = v.strictObject({
  id,
  name: v.string(),
  version: v.nullable(v.string()),
  licence: v.nullable(v.string()),
  origin: v.picklist(['embedded', 'imported']),
  /** Which networks it holds. */
  parts: v.array(v.picklist(['generator', 'landmarks', 'perceptual', 'discriminator'])),
  /** Of the generator, in pixels. */
  resolution: v.nullable(count),
  /** Of the generator: how many it draws, 0 where it is not class-conditional. */
  classes: count,
  bytes: count,
  /** Of the file that it was imported from, or of each network's file, by part. */
  sha256: v.record(v.string(), v.string()),
  source: v.nullable(v.string()),
  /** How a generator asks to be searched, for new projects; null for models without one. */
  settings: v.nullable(searchSettings),
  /** The installed model that its generator was tuned from; null for others, and where that one is not installed. */
  original: v.nullable(id),
  /** Of a generator: the models that came with it in one set, and give the networks that it lacks. */
  companions: v.array(id),
  /** The project that it was tuned in; null for others. */
  project: v.nullable(id),
  /** Why it can't be used, and what helps; null where it can. One that can't holds no networks. */
  fault: v.nullable(failure),
})
export type Model = v.InferOutput<typeof model>

/** The most files that are imported at once. */
export const mostImported = 8

/** What became of uploads that make one model together. */
export const imported = v.union([
  v.strictObject({ uploads: v.array(id), model }),
  v.strictObject({ uploads: v.array(id), refusal: failure }),
])
export type Imported = v.InferOutput<typeof imported>

/** An execution provider and whether it works here. */
export const device = v.strictObject({
  provider: v.picklist(providers),
  works: v.boolean(),
  /** Whether it is chosen by itself: it works and is faster than the processor. */
  worthwhile: v.boolean(),
  /** Why it does not work, for the user; null where it does. */
  reason: v.nullable(v.string()),
})
export type Device = v.InferOutput<typeof device>
