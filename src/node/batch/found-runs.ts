import { isDeepStrictEqual } from 'node:util'
import * as v from 'valibot'
import { MienError } from '../../engine/errors.ts'
import type { LikenessReport } from '../runs/kinds/projection/likeness.ts'
import { type KeptOrder, keptOrder, keptOrderWith } from '../runs/kinds/projection/order.ts'
import { type KeptPicture, keptPictureOf, readPictureFile } from '../runs/record/pictures.ts'
import type { RunRecord } from '../runs/record/record.ts'
import { openRecord } from '../runs/record/record-file.ts'
import { hasRecovery } from '../runs/recovery.ts'
import { type Job, type JobPicture, jobFolder } from './job.ts'

/** What a batch knows of the run of a job. */
export type JobFacts = Readonly<Pick<RunRecord, 'step' | 'device' | 'terms' | 'identity'>> & {
  /** Of its search. */
  readonly seconds: number | null
  /** Where the result is a photograph. */
  readonly likeness: LikenessReport | null
}

/** What is in the folder of a job: nothing of it, a run that is over, or one that can go on. */
export type FoundRun =
  | { readonly how: 'none' }
  | { readonly how: 'done' | 'stopped'; readonly facts: JobFacts }

export function factsOf({ step, device, terms, identity, result }: RunRecord): JobFacts {
  return {
    step,
    device,
    terms,
    identity,
    seconds: result?.seconds ?? null,
    likeness: result?.likeness ?? null,
  }
}

/**
 * What is there already of each job. Throws MienError 'wrong-use' where folders hold runs that were asked for otherwise: results
 * that nobody asked to replace are left alone. Throws 'bad-file' for a record that is damaged.
 */
export async function foundRuns(batchFolder: string, jobs: readonly Job[]): Promise<readonly FoundRun[]> {
  const pictureOf = rememberedPictures()
  const others: string[] = []
  const found: FoundRun[] = []
  for (const job of jobs) {
    const folder = jobFolder(batchFolder, job)
    const record = await openRecord(folder)
    if (record === undefined) found.push({ how: 'none' })
    else if (!isAskedFor(record.now, await keptOrderOfJob(job, pictureOf))) others.push(folder)
    else if (record.now.state === 'done') found.push({ how: 'done', facts: factsOf(record.now) })
    else if (await hasRecovery(record)) found.push({ how: 'stopped', facts: factsOf(record.now) })
    else found.push({ how: 'none' })
  }
  if (others.length > 0) throw otherRuns(others)
  return found
}

function isAskedFor({ kind, order }: RunRecord, asked: KeptOrder): boolean {
  return kind === 'projection' && order !== null && isDeepStrictEqual(comparable(order), comparable(asked))
}

/** As it is read from a file. How a picture is called does not matter. */
function comparable(order: KeptOrder): object {
  const { look, landmarks, ...rest } = v.parse(keptOrder, JSON.parse(JSON.stringify(order)))
  return { ...rest, look: { ...look, name: '' }, landmarks: { ...landmarks, name: '' } }
}

async function keptOrderOfJob(
  { look, landmarks, order }: Job,
  pictureOf: (picture: JobPicture) => Promise<KeptPicture>,
): Promise<KeptOrder> {
  return keptOrderWith(order, { look: await pictureOf(look), landmarks: await pictureOf(landmarks) })
}

/** Reads each file once: in a grid, a picture belongs to a whole row. */
function rememberedPictures(): (picture: JobPicture) => Promise<KeptPicture> {
  const hashes = new Map<string, string>()
  return async ({ path, alignment }) => {
    const sha256 = hashes.get(path) ?? keptPictureOf({ ...(await readPictureFile(path)), alignment }).sha256
    hashes.set(path, sha256)
    return { name: path, sha256, alignment }
  }
}

/** So many are named. */
const mostNamed = 5

function otherRuns(folders: readonly string[]): MienError {
  const [one] = folders
  const named = folders.slice(0, mostNamed).join(', ')
  const rest = folders.length > mostNamed ? ` and ${folders.length - mostNamed} more` : ''
  const message =
    folders.length === 1
      ? `${one} holds a run that was asked for otherwise.`
      : `${folders.length} folders hold runs that were asked for otherwise: ${named}${rest}.`
  return new MienError('wrong-use', message, {
    hint: 'Choose another folder for the results, take those away, or ask for the same again.',
  })
}
