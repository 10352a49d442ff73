import { basename, join } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import type { ExtraTermNumbers } from '../../engine/projection/terms.ts'
import { type Choosable, modelFor } from '../../shared/model-choice.ts'
import { type ModelPart, modelParts, partNames } from '../../shared/settings.ts'
import { codeOf } from '../host/file-faults.ts'
import { exists, foldersIn, readWholeFile, requireFile, statusOf } from '../host/files.ts'
import { libraryFolder, packFolder } from '../host/folders.ts'
import { withClasses } from './classes.ts'
import type { ModelFile, ModelFiles } from './files.ts'
import { importAgain, type ModelRecord, parseModelRecord } from './record.ts'

/** A model that is there to be used. */
export interface InstalledModel {
  readonly record: ModelRecord
  readonly folder: string
  /** Whether it came with Mien or was imported. */
  readonly origin: 'embedded' | 'imported'
}

/** A model that is there and cannot be used. */
export interface FaultyModel extends Pick<InstalledModel, 'folder' | 'origin'> {
  /** The name of its folder: the id that an import gave it. */
  readonly id: string
  /** Why, and what helps. */
  readonly fault: MienError
}

/** All that is installed. No two models have the same id. */
export interface ModelLibrary {
  readonly models: readonly InstalledModel[]
  readonly faulty: readonly FaultyModel[]
}

/** The embedded pack, if it is there, then the library by name; folders without model.json are passed over. */
export async function readLibrary(library = libraryFolder()): Promise<ModelLibrary> {
  const folders = (await foldersIn(library)).filter((name) => !name.startsWith('.'))
  const read = await Promise.all([
    readModel(packFolder(), 'embedded'),
    ...folders.map((name) => readModel(join(library, name), 'imported')),
  ])
  const found = read.filter((model) => model !== undefined)
  const sound = found.filter((model) => 'record' in model)
  const models = sound.filter((model) => model === ownerOf(model.record.id, sound))
  const others = sound.filter((model) => !models.includes(model))
  return {
    models,
    faulty: [...found.filter((model) => 'fault' in model), ...others.map(secondOfItsId)],
  }
}

/** The model that an id means: the embedded one, else the one that was imported by it, else the first that was given it. */
function ownerOf(id: string, models: readonly InstalledModel[]): InstalledModel | undefined {
  const named = models.filter(({ record }) => record.id === id)
  return named.find(({ folder, origin }) => origin === 'embedded' || basename(folder) === id) ?? named[0]
}

/** Those of `readLibrary` that can be used. */
export async function installedModels(library = libraryFolder()): Promise<readonly InstalledModel[]> {
  return (await readLibrary(library)).models
}

/** The pack that comes with Mien, if it is there and can be used. */
export async function embeddedModel(): Promise<InstalledModel | undefined> {
  const pack = await readModel(packFolder(), 'embedded')
  return pack === undefined || 'fault' in pack ? undefined : pack
}

/** Of a model.json, in bytes. */
export const largestRecord = 2 ** 20

const remedies = {
  embedded: 'Install Mien again.',
  imported: importAgain,
} as const

async function readModel(
  folder: string,
  origin: InstalledModel['origin'],
): Promise<InstalledModel | FaultyModel | undefined> {
  const path = join(folder, 'model.json')
  const remedy = remedies[origin]
  try {
    if ((await statusOf(path)) === undefined) return undefined
    const text = new TextDecoder().decode(await readWholeFile(path, largestRecord))
    const record = parseModelRecord(text, path, remedy)
    for (const { file } of Object.values(record.files)) await requireFile(join(folder, file))
    return { record: withClasses(record, folder), folder, origin }
  } catch (error) {
    if (!(error instanceof MienError)) throw error
    return { id: basename(folder), folder, origin, fault: withRemedy(error, remedy) }
  }
}

/** Other advice against a file that is missing or a folder: the one for paths that a user gave does not fit. */
function withRemedy(error: MienError, hint: string): MienError {
  const isMine = error.code === 'unreadable-file' && !/^(EACCES|EPERM)$/.test(codeOf(error.cause))
  return isMine ? new MienError(error.code, error.message, { ...error.place, hint, cause: error }) : error
}

function secondOfItsId({ record: { id }, folder, origin }: InstalledModel): FaultyModel {
  const fault = new MienError('bad-file', `${folder} holds a model of an id that another one has, "${id}".`, {
    file: folder,
    name: id,
    hint: 'Remove one of the two.',
  })
  return { id: basename(folder), folder, origin, fault }
}

/** What the user chose for each part: a path, the id of an installed model, or nothing. */
export type ModelChoices = Readonly<Partial<Record<ModelPart, string>>> & {
  /** Given before the perceptual network: its other half, if both are files; else the later choice counts alone. */
  readonly perceptualHalf?: string
  /** Of a class-conditional generator. */
  readonly class?: number
}

/**
 * The files of every part that is needed. What was not chosen comes from the model chosen as generator, if
 * it has it, else from the embedded pack. Throws MienError 'unreadable-file'.
 */
export async function resolveModels<P extends ModelPart>(
  choices: ModelChoices,
  parts: readonly P[],
): Promise<Readonly<Record<P, readonly ModelFile[]>>> {
  const library = await readLibrary()
  const resolved: Partial<Record<P, readonly ModelFile[]>> = {}
  for (const part of parts) {
    const choice = choices[part]
    const files =
      choice === undefined
        ? (filesFor(part, choices, library.models) ?? missingPack(part, library))
        : await chosenFiles(library, part, choice, part === 'perceptual' ? choices.perceptualHalf : undefined)
    resolved[part] = part === 'generator' ? ofClass(files, choices.class) : files
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
  library: ModelLibrary,
  part: ModelPart,
  choice: string,
  half?: string,
): Promise<readonly ModelFile[]> {
  if (half !== undefined && (await exists(half)) && (await exists(choice)))
    return [await fileAt(half), await fileAt(choice)]
  if (await exists(choice)) return [await fileAt(choice)]
  const model = library.models.find(({ record }) => record.id === choice)
  if (model === undefined) throwFault(choice, library)
  else {
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

/** Throws the fault of the model of that id, of the embedded pack where there is no id; nothing if it has none. */
export function throwFault(id: string | undefined, { faulty }: ModelLibrary): void {
  const found = faulty.find((model) => (id === undefined ? model.origin === 'embedded' : model.id === id))
  if (found !== undefined) throw found.fault
}

/** The files of a generator, drawing that class; as they are where none is given. */
export function ofClass(files: readonly ModelFile[], label: number | undefined): readonly ModelFile[] {
  return label === undefined ? files : files.map((file) => ({ ...file, class: label }))
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
  return partOf(modelFor(part, choices, choosableOf(installed))?.model, part)
}

/** What a choice asks of the installed models, with these. */
export function choosableOf(
  installed: readonly InstalledModel[],
): readonly (Choosable & { readonly model: InstalledModel })[] {
  return installed.map((model) => ({
    id: model.record.id,
    origin: model.origin,
    original: modelOfHash(model.record.tunedFrom, installed)?.record.id ?? null,
    companions: [...(model.record.companions ?? [])],
    parts: modelParts.filter((held) => partOf(model, held) !== undefined),
    model,
  }))
}

/** The installed model whose generator has that hash, or was converted from the file that has. */
export function modelOfHash(
  sha256: string | undefined,
  installed: readonly InstalledModel[],
): InstalledModel | undefined {
  if (sha256 === undefined) return undefined
  return installed.find(
    ({ record: { files, source } }) => files.generator?.sha256 === sha256 || source?.sha256 === sha256,
  )
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

function missingPack(part: ModelPart, library: ModelLibrary): never {
  throwFault(undefined, library)
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
