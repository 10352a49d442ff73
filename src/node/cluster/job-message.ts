import { basename } from 'node:path'
import * as v from 'valibot'
import { count, sha256 as sha256Field } from '../../engine/fields.ts'
import { projectionSettings } from '../../engine/projection/settings.ts'
import type { Job, JobPicture } from '../batch/job.ts'
import { sha256 } from '../host/sha256.ts'
import type { ModelFile, ModelFiles } from '../models/files.ts'
import { keptOrder } from '../runs/kinds/projection/order.ts'
import type { Store } from '../store/store.ts'

const storedFile = v.strictObject({
  sha256: sha256Field,
  init: v.exactOptional(v.record(v.string(), v.unknown())),
  class: v.exactOptional(count),
})
type StoredFile = Readonly<v.InferOutput<typeof storedFile>>

const storedFiles = v.pipe(v.array(storedFile), v.maxLength(2), v.readonly())

/** More threads than any machine has. */
const mostThreads = 1024

/**
 * What a queue holds of a job: settings and hashes. There is no path in it; what it is made of lies in the store under the hashes.
 * A search without an end is none.
 */
const jobMessage = v.strictObject({
  /** Of Mien; another one might end on other bits. */
  version: v.string(),
  /** The id of the store. */
  store: v.string(),
  order: v.strictObject({
    ...keptOrder.entries,
    settings: v.pipe(
      projectionSettings,
      v.check(({ live }) => live !== true),
    ),
    threads: v.exactOptional(v.pipe(count, v.minValue(1), v.maxValue(mostThreads))),
    files: v.strictObject({
      ...v.entriesFromList(['generator', 'landmarks', 'perceptual'], storedFiles),
      discriminator: v.exactOptional(storedFiles),
      tuned: v.exactOptional(storedFiles),
    }),
  }),
})
export type JobMessage = Readonly<v.InferOutput<typeof jobMessage>>

/** Of a message as JSON, in characters. */
const largestMessage = 2 ** 16

/** What somebody put into a queue as a job; undefined for what is none. */
export function readMessage(data: unknown): JobMessage | undefined {
  const text = JSON.stringify(data) as string | undefined
  if (text === undefined || text.length > largestMessage) return undefined
  const parsed = v.safeParse(jobMessage, data)
  return parsed.success ? parsed.output : undefined
}

/** The id of a job in a queue: that of what it is, so that the same job is there once however often it is put in. */
export function idOfMessage(message: JobMessage, name: string): string {
  return `job-${sha256(JSON.stringify([name, message])).slice(0, 40)}`
}

/** Puts what jobs are made of into a store; what several have in common is put in once. */
export function sender(store: Store, version: string): (job: Job) => Promise<JobMessage> {
  const sent = new Map<string, Promise<string>>()
  const put = (path: string) => {
    const known = sent.get(path) ?? store.putFile('inputs', path)
    sent.set(path, known)
    return known
  }
  const pictureOf = async ({ path, alignment }: JobPicture) => ({
    name: basename(path),
    sha256: await put(path),
    alignment,
  })
  const fileOf = async ({ path, init, class: label }: ModelFile): Promise<StoredFile> => ({
    sha256: await put(path),
    ...(init && { init: { ...init } }),
    ...(label !== undefined && { class: label }),
  })
  return async ({ look, landmarks, order }) => {
    const parts = Object.entries(order.files).map(async ([part, files]) => [
      part,
      await Promise.all(files.map(fileOf)),
    ])
    const files = Object.fromEntries(await Promise.all(parts)) as JobMessage['order']['files']
    return {
      ...{ version, store: store.id },
      order: { ...order, files, look: await pictureOf(look), landmarks: await pictureOf(landmarks) },
    }
  }
}

/** The files of a message where they lie on this machine. */
export async function localFiles(
  files: JobMessage['order']['files'],
  locate: (sha256: string) => Promise<string>,
): Promise<ModelFiles> {
  const parts = Object.entries(files).map(async ([part, stored]: [string, readonly StoredFile[]]) => [
    part,
    await Promise.all(stored.map(async (file) => ({ ...file, path: await locate(file.sha256) }))),
  ])
  return Object.fromEntries(await Promise.all(parts)) as ModelFiles
}
