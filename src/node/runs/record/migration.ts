import { basename, extname, join } from 'node:path'
import * as v from 'valibot'
import { id as idField } from '../../../shared/fields.ts'
import type { MetricsRow } from '../../../shared/run.ts'
import { readTextIfAny } from '../../host/files.ts'
import { asRecord, asText, parseJson } from '../../host/json-fields.ts'
import { type KeptOrder, keptOrder } from '../kinds/projection/order.ts'
import { picturesOfOrder, setupOfOrder, titleOfOrder } from '../kinds/projection/order-setup.ts'
import { recoveryFolder, runFiles } from './run-files.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * The three files in which a run was kept before version 2: the studio's card, what it took to go on, and what came of it,
 * which was written to run.json from the first step on.
 */
export interface OldRecords {
  readonly card: Fields | undefined
  readonly recovery: Fields | undefined
  readonly outcome: Fields | undefined
}

const cardFile = 'card.json'
const recoveryFile = join(recoveryFolder, 'run.json')

/** Those that are written into the record, and go with it. */
export const outdatedFiles = [cardFile, recoveryFile]

/** By one of these the folder of a run is known. */
export const recordFiles = [runFiles.record, cardFile]

/** The old files of a run, of which run.json is read already; undefined where there are none. */
export async function readOldRecords(folder: string, runJson: unknown): Promise<OldRecords | undefined> {
  const read = async (name: string) => {
    const fields = asRecord(parseJson((await readTextIfAny(join(folder, name))) ?? ''))
    return fields === undefined || !isVersion(fields, name === cardFile ? 1 : 2) ? undefined : fields
  }
  const outcome = asRecord(runJson)
  if (outcome !== undefined && !isVersion(outcome, 1)) return undefined
  const [card, recovery] = [await read(cardFile), await read(recoveryFile)]
  const isAny = card !== undefined || recovery !== undefined || outcome !== undefined
  return isAny ? { card, recovery, outcome } : undefined
}

function isVersion({ version }: Fields, wanted: number): boolean {
  return version === wanted
}

/**
 * The fields of the record that the old files make together, still to be checked. One of the command line had no card: its
 * setup is made of what it was asked for.
 *
 * @param lastRow of its metrics, if it made a step
 */
export function migratedRecord(
  { card, recovery, outcome }: OldRecords,
  folder: string,
  lastRow: MetricsRow | undefined,
): unknown {
  const kept = orderOf(recovery)
  const order = kept ?? (outcome && orderOf(orderBefore(outcome)))
  return {
    ...(card ?? (order && withoutCard(order, outcome, folder, lastRow))),
    version: 2,
    kind: 'projection',
    order: order ?? null,
    result: resultOf(outcome),
    resumable: kept !== undefined,
    attempts: kept === undefined ? [] : recovery?.attempts,
  }
}

function orderOf(recovery: Fields | undefined): KeptOrder | undefined {
  const files = asRecord(recovery?.files)
  const parsed = v.safeParse(keptOrder, { ...recovery, files: files && byIds(files) })
  return parsed.success ? parsed.output : undefined
}

/** A file of an installed model had its path then, too. */
function byIds(files: Fields): Fields {
  const byId = (file: unknown) => {
    const { id } = asRecord(file) ?? {}
    return id === undefined ? file : { id }
  }
  const entries = Object.entries(files).map(([part, list]) => [
    part,
    Array.isArray(list) ? list.map(byId) : list,
  ])
  return Object.fromEntries(entries)
}

/** What was asked for, of a run that does not go on; of files that were no installed models only the names are known. */
function orderBefore({ look, landmarks, settings, models, provider, threads, alignment }: Fields): Fields {
  const cutOut = asRecord(alignment) ?? {}
  const picture = (given: unknown, how: unknown) => ({ ...asRecord(given), alignment: choiceBefore(how) })
  const fileOf = (name: string) => (extname(name) === '' ? { id: name } : { path: name })
  const files = Object.entries(asRecord(models) ?? {}).map(([part, names]) => [
    part,
    String(names).split(',').map(fileOf),
  ])
  return {
    look: picture(look, cutOut.look),
    landmarks: picture(landmarks, cutOut.landmarks),
    settings,
    files: Object.fromEntries(files),
    provider: provider ?? 'auto',
    ...(typeof threads === 'number' && { threads }),
  }
}

/** The choice that leads to a square again. */
function choiceBefore(how: unknown): unknown {
  const cut = asRecord(how)
  if (cut === undefined) return 'none'
  return cut.points === undefined ? { quad: cut.quad } : { points: cut.points }
}

function withoutCard(
  order: KeptOrder,
  outcome: Fields | undefined,
  folder: string,
  lastRow: MetricsRow | undefined,
): Fields {
  const setup = setupOfOrder(order)
  const { step: lastStep = 0, seconds: _, ...terms } = lastRow ?? {}
  const state = outcome?.state === 'done' || outcome?.state === 'failed' ? outcome.state : 'stopped'
  const name = basename(folder)
  return {
    id: v.is(idField, name) ? name : 'run',
    name: titleOfOrder(order),
    created: Date.parse(String(outcome?.started)) || 0,
    state,
    step: outcome?.steps ?? lastStep,
    steps: state === 'done' ? outcome?.steps : order.settings.steps,
    device: outcome?.provider ?? null,
    terms: outcome?.final ?? (lastRow === undefined ? null : terms),
    identity: outcome?.identity ?? null,
    ...{ setup, asked: setup, pictures: picturesOfOrder(order), parent: null, batch: null },
    failure: state === 'failed' ? { code: 'unexpected', message: String(outcome?.reason), hint: null } : null,
    notices: [],
    points: { look: null, landmarks: null, result: null },
  }
}

function resultOf(outcome: Fields | undefined): Fields | null {
  if (outcome?.final === undefined) return null
  const { mien, steps, seconds, precision, alignment, likeness, modelHashes, changes } = outcome
  return {
    ...{ mien: asText(mien) ?? '', steps, seconds, precision, alignment, modelHashes },
    ...(likeness !== undefined && { likeness }),
    ...(changes !== undefined && { changes }),
  }
}
