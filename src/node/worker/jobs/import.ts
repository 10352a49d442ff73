import { join, parse } from 'node:path'
import { writeSafetensors } from '../../../engine/checkpoint/safetensors.ts'
import { MienError } from '../../../engine/errors.ts'
import type { Generator } from '../../../engine/network/stylegan2/generator.ts'
import { originalHash } from '../../../engine/projection/tuned-network.ts'
import type { Tensor } from '../../../engine/tensor.ts'
import type { StoredNetwork } from '../../../engine/weights.ts'
import type { ModelPart } from '../../../shared/settings.ts'
import type { JobEvents, Jobs } from '../../engine/protocol.ts'
import { claimFolder, moveFiles } from '../../host/claimed-folder.ts'
import {
  makeFolder,
  removeFolder,
  requireWritable,
  temporaryName,
  writeFileAtomic,
} from '../../host/files.ts'
import { clearLeftovers } from '../../host/leftovers.ts'
import { sha256 } from '../../host/sha256.ts'
import { idOfImport } from '../../models/files.ts'
import { type ModelRecord, modelFormat, type StoredFile } from '../../models/record.ts'
import { installedModels } from '../../models/store.ts'
import { initTexts, type OpenModelFile, withModelFiles } from '../model-files.ts'
import {
  findKind,
  generatorIn,
  landmarkNetworkIn,
  perceptualNetworkIn,
  perceptualTensorsIn,
  refuseStranger,
} from '../networks.ts'

/** How much of an import is done once the file was read for its hash, and once its networks were built. */
const [read, checked] = [0.3, 0.5]

/** Parts that a library model may hold, with the networks that make it. */
type Found = Partial<Record<ModelPart | 'discriminator', readonly StoredNetwork[]>>

/**
 * Checks a checkpoint, or the halves of a perceptual network, by building what they hold, converts it to safetensors, and
 * adds it to the library as one model. Its model.json comes last: without one, a folder is no model.
 */
export async function importModel(
  { files, library, licence }: Jobs['import']['parameters'],
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
      const { found, generator, tunedFrom } = check(opened)
      events.portion(checked)
      await requireWritable(library, source.bytes)
      await clearLeftovers(library, 0)
      const temporary = temporaryName(join(library, 'import'))
      const undo = await makeFolder(temporary)
      try {
        const files = await writeParts(temporary, found, (portion) =>
          events.portion(checked + (1 - checked) * portion),
        )
        const taken = installed.map(({ record }) => record.id)
        const id = await claimId(library, opened[0]!.name, source.sha256, taken)
        const folder = join(library, id)
        const record: ModelRecord = {
          id,
          name: parse(opened[0]!.name).name,
          ...(licence === undefined ? {} : { licence }),
          files,
          ...(generator === undefined
            ? {}
            : { resolution: generator.resolution, classes: generator.mapping.openClasses }),
          ...(tunedFrom === undefined ? {} : { tunedFrom }),
          source,
        }
        await fill(folder, temporary, record)
        await removeFolder(temporary)
        for (const remark of generator?.remarks ?? []) events.notice(remark)
        return { record, folder, known: false }
      } catch (error) {
        await removeFolder(temporary)
        await undo()
        throw error
      }
    },
    { onRead: (portion) => events.portion(read * portion), library },
  )
}

/** Builds what the file holds, so that a model that cannot run is never imported. */
function check(opened: readonly OpenModelFile[]): {
  found: Found
  generator?: Generator
  tunedFrom?: string | undefined
} {
  const generator = findKind(opened, 'generator')
  const discriminator = findKind(opened, 'discriminator')
  const landmarks = findKind(opened, 'landmarks')
  const perceptual = ['perceptual', 'perceptual-convolutions', 'perceptual-linear'] as const
  const found: Found = {
    ...(generator === undefined ? {} : { generator: [generator] }),
    ...(generator === undefined || discriminator === undefined ? {} : { discriminator: [discriminator] }),
    ...(landmarks === undefined ? {} : { landmarks: [landmarks] }),
    ...(perceptual.some((kind) => findKind(opened, kind)) ? { perceptual: perceptualTensorsIn(opened) } : {}),
  }
  if (found.landmarks !== undefined) landmarkNetworkIn(opened)
  if (found.perceptual !== undefined) perceptualNetworkIn(opened)
  if (generator !== undefined) {
    return { found, generator: generatorIn(opened), tunedFrom: originalHash(generator) }
  }
  if (Object.keys(found).length > 0) return { found }
  refuseStranger(opened)
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

/** Puts a model's files and its record into its folder, which is removed if that fails. */
async function fill(folder: string, from: string, record: ModelRecord): Promise<void> {
  try {
    const names = Object.values(record.files).map(({ file }) => file)
    await moveFiles(from, folder, names)
    const text = JSON.stringify({ format: modelFormat, ...record }, null, 2)
    await writeFileAtomic(join(folder, 'model.json'), `${text}\n`)
  } catch (error) {
    await removeFolder(folder)
    throw error
  }
}

/**
 * Makes the folder of a new model, which no other can have then, and gives its name: that of the file in lower case; with a
 * piece of the hash where a model has that id or anything stands at its place; then with a number, too.
 */
async function claimId(
  library: string,
  fileName: string,
  sha256: string,
  taken: readonly string[],
): Promise<string> {
  const plain = idOfImport(fileName)
  const hashed = `${plain}-${sha256.slice(0, 8)}`
  for (let attempt = 0; ; attempt++) {
    const id = [plain, hashed][attempt] ?? `${hashed}-${attempt}`
    if (!taken.includes(id) && (await claimFolder(join(library, id)))) return id
  }
}
