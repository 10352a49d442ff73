import { MienError } from '../../engine/errors.ts'
import type { ModelFiles } from '../models/files.ts'
import { embeddedModel } from '../models/store.ts'

/** Whether the generator is that of the embedded pack. */
export async function drawsPortraits({ generator }: ModelFiles): Promise<boolean> {
  const id = generator[0]?.id
  return id !== undefined && id === (await embeddedModel())?.record.id
}

/** Throws MienError 'wrong-use' with that hint for another generator. */
export async function requireTunable(files: ModelFiles, hint: string): Promise<void> {
  if (await drawsPortraits(files)) return
  throw new MienError('wrong-use', 'Only the embedded generator can be tuned so far.', { hint })
}
