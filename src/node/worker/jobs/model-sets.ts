import { MienError } from '../../../engine/errors.ts'
import type { Jobs } from '../../engine/protocol.ts'
import { openFileSource } from '../../host/file-source.ts'
import { openModel } from '../model-files.ts'
import { modelSets } from '../model-sets.ts'
import { kindOf, type NetworkKind } from '../network-kind.ts'

/** Tells by the content of files which of them make a model together. */
export async function modelSetsJob({
  files,
}: Jobs['model-sets']['parameters']): Promise<Jobs['model-sets']['outcome']> {
  return { sets: modelSets(files.map((file) => ({ file, kinds: kindsIn(file) }))) }
}

/** A file that cannot be read holds none: why, its import says. */
function kindsIn(file: string): readonly NetworkKind[] {
  try {
    const source = openFileSource(file)
    try {
      return openModel(source)
        .networks.map(kindOf)
        .filter((kind) => kind !== undefined)
    } finally {
      source.close()
    }
  } catch (error) {
    if (error instanceof MienError) return []
    throw error
  }
}
