import { MienError } from '../../engine/errors.ts'
import { factsOf, type JobFacts } from '../batch/found-runs.ts'
import { makeFolder, removeFolder, renameFolder, temporaryName } from '../host/files.ts'
import type { KeptOrder } from '../runs/kinds/projection/order.ts'
import { openRecord } from '../runs/record/record-file.ts'
import { recordAskedBy } from '../runs/run.ts'
import type { Store } from '../store/store.ts'
import { largestRun, unpackRun } from './packed-run.ts'

/**
 * Fetches the run that a worker made into a folder, in place of what is there: whole or not at all. Its record then says what was asked
 * for here, not where the worker had its files. Throws MienError 'mismatch' for a result that the store lacks, 'bad-file' for one that
 * is none, 'unwritable'.
 */
export async function fetchRun(
  store: Store,
  result: string,
  folder: string,
  asked: KeptOrder,
): Promise<JobFacts> {
  const packed = await store.read('results', result, largestRun)
  const temporary = temporaryName(folder)
  await makeFolder(temporary)
  try {
    await unpackRun(result, packed, temporary)
    const record = await openRecord(temporary)
    if (record?.now.kind !== 'projection' || record.now.state !== 'done') {
      throw new MienError('bad-file', `The result ${result} in the store is no run that is done.`, {
        hint: 'Give the command of the batch again.',
      })
    }
    record.change((now) => recordAskedBy(asked, now))
    await record.save()
    await removeFolder(folder)
    await renameFolder(temporary, folder)
    return factsOf(record.now)
  } catch (error) {
    await removeFolder(temporary)
    throw error
  }
}
