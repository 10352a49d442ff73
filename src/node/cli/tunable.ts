import { MienError } from '../../engine/errors.ts'
import { canBeTuned } from '../models/asked-tuning.ts'
import type { ModelFiles } from '../models/files.ts'
import { embeddedModel } from '../models/store.ts'

/** Whether the generator is that of the embedded pack. */
export async function drawsPortraits({ generator }: ModelFiles): Promise<boolean> {
  const id = generator[0]?.id
  return id !== undefined && id === (await embeddedModel())?.record.id
}

/** Throws MienError 'wrong-use' with that hint besides where the networks cannot tune the generator. */
export async function requireTunable(files: ModelFiles, hint: string): Promise<void> {
  if (await canBeTuned(files)) return
  throw new MienError(
    'wrong-use',
    'The embedded perceptual network judges drawings; this generator cannot be tuned by it.',
    { hint: `Give --perceptual-model vgg16.pth,lpips.pth. ${hint}` },
  )
}
