import { writeSafetensors } from '../../../engine/checkpoint/safetensors.ts'
import { writeTorchZip } from '../../../engine/checkpoint/torch-zip-writer.ts'
import { MienError } from '../../../engine/errors.ts'
import { writeDifference } from '../../../engine/projection/generator-difference.ts'
import { originalHash } from '../../../engine/projection/tuned-network.ts'
import type { StoredNetwork } from '../../../engine/weights.ts'
import type { JobEvents, Jobs } from '../../engine/protocol.ts'
import { originalGenerator } from '../../models/tuned.ts'
import { initTexts, type OpenModelFile, type ReadingOptions, withModelFiles } from '../model-files.ts'
import { generatorIn, requireKind } from '../networks.ts'

/**
 * The generator of a file in another form. Throws MienError 'unsupported-model' for one that Mien cannot run; 'wrong-use' for the
 * difference of one that was not tuned, and 'unreadable-file' where its original is not installed.
 */
export async function exportGenerator(
  { generator, format, library }: Jobs['export-generator']['parameters'],
  events: Required<JobEvents>,
): Promise<Jobs['export-generator']['outcome']> {
  events.stage('models')
  const reading = library === undefined ? {} : { library }
  return withModelFiles(
    generator,
    async (opened) => {
      generatorIn(opened)
      const network = requireKind(opened, 'generator')
      if (format === 'safetensors') return { file: writeSafetensors(tensorsOf(network), initTexts(network)) }
      if (format === 'pt') return { file: writeTorchZip(tensorsOf(network)) }
      return { file: await difference(opened, network, reading) }
    },
    reading,
  )
}

async function difference(
  opened: readonly OpenModelFile[],
  network: StoredNetwork,
  { library }: ReadingOptions,
): Promise<Uint8Array> {
  const { name, path } = opened[0]!
  const hash = originalHash(network)
  if (hash === undefined) {
    throw new MienError('wrong-use', `${name} does not say which generator it was tuned from.`, {
      file: path,
      hint: 'Take the generator_tuned.safetensors of a run.',
    })
  }
  return withModelFiles([await originalGenerator(hash, name, library)], (found) =>
    writeDifference(network, requireKind(found, 'generator'), hash),
  )
}

function tensorsOf({ weights }: StoredNetwork) {
  return new Map([...weights].map(([name, stored]) => [name, stored.read()]))
}
