import { join } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import type { ExtraTermNumbers } from '../../engine/projection/settings.ts'
import { modelFor } from '../../shared/model-choice.ts'
import { type ModelPart, modelParts, partNames } from '../../shared/settings.ts'
import { exists, foldersIn, readTextIfAny, requireFile } from '../files.ts'
import { libraryFolder, packFolder } from '../platform-folders.ts'
import type { ModelFile, ModelFiles } from '../worker/protocol.ts'
import { type ModelRecord, parseModelRecord } from './model-record.ts'

/** A model that is there to be used. */
export interface InstalledModel {
  readonly record: ModelRecord
  readonly folder: string
  /** Whether it came with Mien or was imported. */
  readonly origin: 'embedded' | 'imported'
}

/** The embedded pack, if it is there, then the library by name; folders without model.json are passed over. */
export async function installedModels(library = libraryFolder()): Promise<readonly InstalledModel[]> {
  const folders = (await foldersIn(library)).filter((name) => !name.startsWith('.'))
  const pack = await embeddedModel()
  const imported = await Promise.all(folders.map((name) => readModel(join(library, name), 'imported')))
  return [pack, ...imported].filter((model) => model !== undefined)
}

/** The pack that comes with Mien, if it is there. */
export function embeddedModel(): Promise<InstalledModel | undefined> {
  return readModel(packFolder(), 'embedded')
}

async function readModel(
  folder: string,
  origin: InstalledModel['origin'],
): Promise<InstalledModel | undefined> {
  const path = join(folder, 'model.json')
  const text = await readTextIfAny(path)
  return text === undefined ? undefined : { record: parseModelRecord(text, path), folder, origin }
}

/** What the user chose for each part: a path, the id of an installed model, or nothing. */
export type ModelChoices = Readonly<Partial<Record<ModelPart, string>>>

/**
 * The files of every part that is needed. What was not chosen comes from the model chosen as generator, if
 * it has it, else from the embedded pack. Throws MienError 'unreadable-file'.
 */
export async function resolveModels<P extends ModelPart>(
  choices: ModelChoices,
  parts: readonly P[],
): Promise<Readonly<Record<P, readonly ModelFile[]>>> {
  const installed = await installedModels()
  const resolved: Partial<Record<P, readonly ModelFile[]>> = {}
  for (const part of parts) {
    const choice = choices[part]
    resolved[part] =
      choice === undefined
        ? (filesFor(part, choices, installed) ?? missingPack(part))
        : await chosenFiles(installed, part, choice)
  }
  return resolved as Readonly<Record<P, readonly ModelFile[]>>
}

/** All three networks of a projection. */
export function resolveAllModels(choices: ModelChoices): Promise<ModelFiles> {
  return resolveModels(choices, modelParts)
}

/**
 * The files with the discriminator of an installed generator, if its weight asks for it. Throws MienError
 * 'unreadable-file' for a model that has none.
 */
export async function withDiscriminator(
  files: ModelFiles,
  { discriminator }: ExtraTermNumbers,
): Promise<ModelFiles> {
  const id = files.generator[0]?.id
  if (discriminator === undefined || id === undefined) return files
  const model = (await installedModels()).find(({ record }) => record.id === id)
  const found = partOf(model, 'discriminator')
  if (found !== undefined) return { ...files, discriminator: found }
  throw new MienError('unreadable-file', `The model "${id}" has no discriminator.`, {
    name: id,
    hint: 'Leave out --discriminator-weight, or give a checkpoint that holds one with --model.',
  })
}

async function chosenFiles(
  installed: readonly InstalledModel[],
  part: ModelPart,
  choice: string,
): Promise<readonly ModelFile[]> {
  if (await exists(choice)) return [await fileAt(choice)]
  const model = installed.find(({ record }) => record.id === choice)
  if (model !== undefined) {
    const files = partOf(model, part)
    if (files !== undefined) return files
    throw new MienError('unreadable-file', `The model "${choice}" has no ${partNames[part]}.`, {
      name: choice,
      hint: '"mien models" lists what each model holds.',
    })
  }
  // A perceptual network may come as convolutions and linear weights apart.
  if (part === 'perceptual' && choice.includes(',')) {
    return Promise.all(choice.split(',').map((path) => fileAt(path.trim())))
  }
  throw new MienError('unreadable-file', `${choice} is neither a file nor the id of an installed model.`, {
    file: choice,
    hint: 'Check the path, or see "mien models" for the ids.',
  })
}

async function fileAt(path: string): Promise<ModelFile> {
  await requireFile(path)
  return { path }
}

/** The file of the installed model that `modelFor` gives; undefined where there is none. */
export function filesFor(
  part: ModelPart,
  choices: ModelChoices,
  installed: readonly InstalledModel[],
): readonly ModelFile[] | undefined {
  const choosable = installed.map((model) => ({
    id: model.record.id,
    origin: model.origin,
    parts: modelParts.filter((held) => partOf(model, held) !== undefined),
    model,
  }))
  return partOf(modelFor(part, choices, choosable)?.model, part)
}

/** The file of that network in an installed model; undefined where it has none. */
export function partOf(
  model: InstalledModel | undefined,
  part: keyof ModelRecord['files'],
): readonly ModelFile[] | undefined {
  const stored = model?.record.files[part]
  if (model === undefined || stored === undefined) return undefined
  const init = model.record.networks?.[part]
  return [
    {
      path: join(model.folder, stored.file),
      id: model.record.id,
      sha256: stored.sha256,
      ...(init === undefined ? {} : { init }),
    },
  ]
}

function missingPack(part: ModelPart): never {
  const flags = {
    generator: '--model',
    landmarks: '--landmark-model',
    perceptual: '--perceptual-model',
  } as const
  throw new MienError('unreadable-file', `The embedded ${partNames[part]} is missing from ${packFolder()}.`, {
    file: packFolder(),
    hint: `Install Mien again, or give a file with ${flags[part]}.`,
  })
}
