import { join, parse } from 'node:path'
import { writeSafetensors } from '../../../engine/checkpoint/safetensors.ts'
import { MienError } from '../../../engine/errors.ts'
import type { Tensor } from '../../../engine/tensor.ts'
import type { StoredNetwork } from '../../../engine/weights.ts'
import type { ModelPart } from '../../../shared/settings.ts'
import { makeFolder, moveFolder, removeFolder, requireWritable, writeFileAtomic } from '../../files.ts'
import { installedModels } from '../../service/model-library.ts'
import type { ModelRecord, StoredFile } from '../../service/model-record.ts'
import { sha256 } from '../../sha256.ts'
import { initTexts, type OpenModelFile, withModelFiles } from '../model-files.ts'
import {
  findKind,
  generatorIn,
  landmarkNetworkIn,
  perceptualNetworkIn,
  perceptualParts,
} from '../networks.ts'
import type { JobEvents, Jobs } from '../protocol.ts'

/** How much of an import is done once the file was read for its hash, and once its networks were built. */
const [read, checked] = [0.3, 0.5]

/** An id is a name of a folder, and with a piece of the hash at most 64 characters long. */
const longestPlainId = 50

/** Parts that a library model may hold, with the networks that make it. */
type Found = Partial<Record<ModelPart | 'discriminator', readonly StoredNetwork[]>>

/**
 * Checks a checkpoint by building its networks, converts it to safetensors, and adds it to the library. The
 * folder gets its name when it is complete.
 */
export async function importModel(
  { files, library }: Jobs['import']['parameters'],
  events: Required<JobEvents>,
): Promise<Jobs['import']['outcome']> {
  events.stage('models')
  return withModelFiles(
    files.map((path) => ({ path })),
    async (opened) => {
      const sourceHash = opened.map(({ sha256 }) => sha256).join('')
      const source = {
        file: opened.map(({ name }) => name).join(','),
        // The hash of two files is the hash of their hashes.
        sha256: opened.length === 1 ? sourceHash : sha256(sourceHash),
        format: opened.map(({ checkpoint }) => checkpoint.format).join(','),
        bytes: opened.reduce((sum, { size }) => sum + size, 0),
      }
      const installed = await installedModels(library)
      const known = installed.find(({ record }) => record.source?.sha256 === source.sha256)
      if (known !== undefined) return { record: known.record, folder: known.folder, known: true }
      const { found, resolution } = check(opened)
      events.portion(checked)
      const id = freeId(
        opened[0]!.name,
        source.sha256,
        installed.map(({ record }) => record.id),
      )
      const folder = join(library, id)
      const temporary = join(library, `.${id}.${process.pid}.tmp`)
      await requireWritable(library, source.bytes)
      const undo = await makeFolder(temporary)
      try {
        const stored = await writeParts(temporary, found, (portion) =>
          events.portion(checked + (1 - checked) * portion),
        )
        const record: ModelRecord = {
          id,
          name: parse(opened[0]!.name).name,
          files: stored,
          ...(resolution === undefined ? {} : { resolution }),
          source,
        }
        await writeFileAtomic(join(temporary, 'model.json'), `${JSON.stringify(record, null, 2)}\n`)
        await moveFolder(temporary, folder)
        return { record, folder, known: false }
      } catch (error) {
        await removeFolder(temporary)
        await undo()
        throw error
      }
    },
    (portion) => events.portion(read * portion),
  )
}

/** Builds what the file holds, so that a model that cannot run is never imported. */
function check(opened: readonly OpenModelFile[]): { found: Found; resolution?: number } {
  const generator = findKind(opened, 'generator')
  const discriminator = findKind(opened, 'discriminator')
  const landmarks = findKind(opened, 'landmarks')
  const perceptual = ['perceptual', 'perceptual-convolutions', 'perceptual-linear'] as const
  const found: Found = {
    ...(generator === undefined ? {} : { generator: [generator] }),
    ...(generator === undefined || discriminator === undefined ? {} : { discriminator: [discriminator] }),
    ...(landmarks === undefined ? {} : { landmarks: [landmarks] }),
    ...(perceptual.some((kind) => findKind(opened, kind)) ? { perceptual: perceptualParts(opened) } : {}),
  }
  if (found.landmarks !== undefined) landmarkNetworkIn(opened)
  if (found.perceptual !== undefined) perceptualNetworkIn(opened)
  if (found.generator !== undefined) return { found, resolution: generatorIn(opened).resolution }
  if (Object.keys(found).length > 0) return { found }
  const names = opened.map(({ name }) => name).join(' with ')
  throw new MienError('unsupported-model', `${names} holds no network that Mien knows.`, {
    file: opened[0]!.path,
    hint: 'Import a StyleGAN2 generator, a FAN landmark network, or VGG16 with LPIPS.',
  })
}

async function writeParts(
  folder: string,
  found: Found,
  onPart: (portion: number) => void,
): Promise<ModelRecord['files']> {
  const stored: Partial<Record<ModelPart | 'discriminator', StoredFile>> = {}
  const total = Object.values(found)
    .flat()
    .reduce((sum, { weights }) => sum + weights.size, 0)
  let done = 0
  for (const [part, networks] of Object.entries(found)) {
    const tensors: Record<string, Tensor> = {}
    for (const { weights } of networks) {
      for (const [name, tensor] of weights) {
        tensors[name] = tensor.read()
        onPart(++done / total)
      }
    }
    const bytes = writeSafetensors(tensors, initTexts(networks[0]!))
    const file = `${part}.safetensors`
    await writeFileAtomic(join(folder, file), bytes)
    stored[part as ModelPart] = { file, sha256: sha256(bytes) }
  }
  return stored
}

/** The file's name in lower case; with a piece of the hash where another model has it already. */
function freeId(fileName: string, sha256: string, taken: readonly string[]): string {
  const plain = fileName
    .toLowerCase()
    .replace(/(\.pth)?\.[a-z]+$/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, longestPlainId)
    .replace(/^-+|-+$/g, '')
  const id = plain === '' ? 'model' : plain
  return taken.includes(id) ? `${id}-${sha256.slice(0, 8)}` : id
}
