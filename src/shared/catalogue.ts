import * as v from 'valibot'
import { failure } from './failure.ts'
import { count, finite, fraction } from './fields.ts'

const text = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(2000))

/** An address without a name and a password in it, which would stand in every message about it. */
const address = v.pipe(
  text,
  v.url(),
  v.check((value) => URL.canParse(value) && new URL(value).username === '' && new URL(value).password === ''),
)

/** Under which conditions files may be used. */
const licence = v.object({
  name: text,
  /** Where its text stands. */
  url: text,
  /** What it lets one do, in a sentence. */
  use: v.exactOptional(text),
})
export type Licence = v.InferOutput<typeof licence>

const catalogueFile = v.object({
  url: address,
  /** Its length; about its length, with `about`. */
  bytes: v.pipe(count, v.minValue(1)),
  /** Whether the length is only known roughly; then the server's counts, up to twice as much. */
  about: v.exactOptional(v.boolean()),
  /** In hex, or as much of its beginning as was published. */
  sha256: v.exactOptional(v.pipe(v.string(), v.toLowerCase(), v.regex(/^[0-9a-f]{8,64}$/))),
  /** Where it is another one than that of the set. */
  licence: v.exactOptional(licence),
})
export type CatalogueFile = v.InferOutput<typeof catalogueFile>

/** What a set is called in commands. */
export const setId = v.pipe(v.string(), v.regex(/^\w[\w.-]{0,63}$/))

/** Of a step: the operations of convolutions and matrix products, and the elements that are read and written. */
export const stepCost = v.object({
  operations: v.pipe(count, v.minValue(1)),
  elements: v.pipe(count, v.minValue(1)),
})

/** Files that make a search possible together. */
const catalogueSet = v.object({
  id: setId,
  name: text,
  licence,
  files: v.pipe(
    v.array(catalogueFile),
    v.minLength(1),
    v.maxLength(32),
    v.check(
      (files) => new Set(files.map(({ url }) => url)).size === files.length,
      'A file stands there twice.',
    ),
  ),
  /** Whom to name in a publication. */
  citation: v.exactOptional(text),
  /** What a search with it asks of the machine: memory in bytes, and what a step costs. */
  needs: v.exactOptional(v.object({ memory: v.exactOptional(count), step: v.exactOptional(stepCost) })),
})
export type CatalogueSet = v.InferOutput<typeof catalogueSet>

/** A catalogue file: sets of files that can be downloaded. A list of sets alone is one, too, and so is one set. */
export const catalogue = v.pipe(
  v.unknown(),
  v.transform(asSets),
  v.array(catalogueSet),
  v.check((sets) => new Set(sets.map(({ id }) => id)).size === sets.length, 'Two sets have the same id.'),
)

function asSets(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return 'sets' in value ? value.sets : [value]
}

/** Every licence of a set, each once. */
export function licencesOf(set: CatalogueSet): readonly Licence[] {
  const all = [set.licence, ...set.files.flatMap((file) => file.licence ?? [])]
  return [...new Map(all.map((one) => [`${one.name} ${one.url}`, one])).values()]
}

/** How far the download of a set is. */
export const setProgress = v.variant('stage', [
  v.strictObject({
    stage: v.literal('downloading'),
    /** What is there of all files that are fetched, and how much they are together. */
    held: count,
    bytes: count,
    /** Null until they can be told. */
    bytesPerSecond: v.nullable(finite),
    secondsLeft: v.nullable(finite),
  }),
  /** How far the import of what came is, 0..1. */
  v.strictObject({ stage: v.literal('importing'), done: fraction }),
])
export type SetProgress = v.InferOutput<typeof setProgress>

const shownFile = v.strictObject({
  url: v.string(),
  name: v.string(),
  bytes: count,
  /** Whether the length is only known roughly. */
  about: v.boolean(),
  /** The published hash, or that of its first download; null before that. */
  sha256: v.nullable(v.string()),
  /** Whether that is of its first download. */
  pinned: v.boolean(),
})

/** A set of the catalogue as the window shows it. */
export const shownSet = v.strictObject({
  id: setId,
  name: v.string(),
  licences: v.array(v.strictObject({ name: v.string(), url: v.string(), use: v.nullable(v.string()) })),
  /** Whether all of them were accepted on this machine. */
  accepted: v.boolean(),
  citation: v.nullable(v.string()),
  /** What a search with it takes, in bytes; null where that was not measured. */
  memory: v.nullable(count),
  /** About how long a step of it takes on this machine; null where nothing was measured that tells. */
  stepSeconds: v.nullable(finite),
  files: v.array(shownFile),
  /** Bytes that are still to be fetched. */
  missing: count,
  /** Whether the library has all of it. */
  installed: v.boolean(),
  /** Whether it is being downloaded, or waits until another one is. */
  busy: v.boolean(),
  /** Why its last download did not come to an end; null where it did, or was stopped. */
  failure: v.nullable(failure),
})
export type ShownSet = v.InferOutput<typeof shownSet>

/** What can be downloaded, and what came so far. */
export const shownCatalogue = v.strictObject({
  sets: v.array(shownSet),
  /** Whether it is one of the user's own. */
  own: v.boolean(),
  /** Files of which something came and that are no models yet. */
  partials: v.array(
    v.strictObject({ id: v.string(), name: v.string(), held: count, bytes: v.nullable(count) }),
  ),
})
export type ShownCatalogue = v.InferOutput<typeof shownCatalogue>
