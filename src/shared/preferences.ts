import * as v from 'valibot'
import { groupWeights } from '../engine/projection/settings.ts'
import { id, title } from './fields.ts'
import { providerChoices } from './settings.ts'

/** A set of weights of the nine groups under a name. */
export const preset = v.strictObject({ name: title, groupWeights })
export type Preset = v.InferOutput<typeof preset>

/** As they were chosen, or the best first: by the distance of the faces, or by that of the landmarks. */
export const batchOrders = ['chosen', 'identity', 'landmarks'] as const
export type BatchOrder = (typeof batchOrders)[number]

/** What the user prefers, on this machine. */
export const preferences = v.strictObject({
  theme: v.picklist(['system', 'dark', 'light']),
  language: v.picklist(['system', 'en', 'de']),
  device: v.picklist(providerChoices),
  /** The generator that new projects begin with; null, and where it is not installed: the embedded one. */
  generator: v.nullable(id),
  /** Own presets of the face map. */
  presets: v.pipe(v.array(preset), v.maxLength(100)),
  sort: v.picklist(['modified', 'created', 'name']),
  /** In which order the runs of a batch are shown. */
  batchOrder: v.picklist(batchOrders),
  /** Whether exported pictures tell how they were made. */
  exportSettings: v.boolean(),
  /** Whether exported photographs say that Mien altered them. */
  exportAltered: v.boolean(),
  /** Whether films play without their sound. */
  muted: v.boolean(),
  /** Whether the user was told whose pictures of people are. */
  peopleNoted: v.boolean(),
  /** Whether the system tells when a run is over. */
  notify: v.boolean(),
  /** Whether the workspace shows all nine regions of the face map as rows. */
  regions: v.boolean(),
  /** Whether it shows what is seldom turned. */
  advanced: v.boolean(),
})
export type Preferences = v.InferOutput<typeof preferences>

export const defaultPreferences: Preferences = {
  theme: 'system',
  language: 'system',
  device: 'auto',
  generator: null,
  presets: [],
  sort: 'modified',
  batchOrder: 'chosen',
  exportSettings: true,
  exportAltered: true,
  muted: false,
  peopleNoted: false,
  notify: true,
  regions: false,
  advanced: false,
}
