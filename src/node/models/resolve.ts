import { MienError } from '../../engine/errors.ts'
import { classFor } from '../../shared/model-choice.ts'
import { type ModelPart, modelParts, partNames } from '../../shared/settings.ts'
import type { Setup } from '../../shared/setup.ts'
import type { KeptModelFiles, ModelFile, ModelFiles } from './files.ts'
import type { ModelRecord } from './record.ts'
import {
  filesFor,
  type InstalledModel,
  type ModelLibrary,
  ofClass,
  partOf,
  readLibrary,
  throwFault,
} from './store.ts'
import { originalOf } from './tuned.ts'

/**
 * The files of the networks that a setup names by the ids of installed models; where its generator is a tuned one, that is
 * `tuned`, and the generator the one that it was tuned from. One that is class-conditional has its class. Throws MienError 'unreadable-file' for a model that is not there
 * or lacks the part, and the fault of one that has a fault.
 */
export async function modelsOf(
  { models, settings }: Pick<Setup, 'models' | 'settings'>,
  library: string,
): Promise<ModelFiles> {
  const installed = await readLibrary(library)
  const parts = modelParts.map((part) => [part, filesOf(part, models, installed)])
  const chosen = Object.fromEntries(parts) as ModelFiles
  const original = originalOf(chosen.generator[0]!, installed.models)
  const generator = original ?? named(models.generator, installed.models) ?? embeddedIn(installed.models)
  const searched = original ? partOf(original, 'generator')! : chosen.generator
  const files: ModelFiles = {
    ...chosen,
    ...(original && { tuned: chosen.generator }),
    generator: ofClass(searched, classFor(models, generator?.record.classes ?? 0)),
  }
  if (settings.weights.discriminator === undefined) return files
  const discriminator = partOf(generator, 'discriminator')
  if (discriminator !== undefined) return { ...files, discriminator }
  throw new MienError('unreadable-file', `The model "${generator?.record.name}" has no discriminator.`, {
    hint: 'Take the term out, or choose a model that holds one.',
  })
}

/**
 * The files that a record keeps, those of installed models where they lie now. Throws MienError 'unreadable-file' for a
 * model that is not there any more.
 */
export async function locatedModels(kept: KeptModelFiles, library?: string): Promise<ModelFiles> {
  const { models: installed } = await readLibrary(library)
  const located = Object.entries(kept).map(([part, files]) => [
    part,
    files.flatMap((file) => {
      if ('path' in file) return [file]
      const model = named(file.id, installed)
      const held = part === 'tuned' ? 'generator' : (part as keyof ModelRecord['files'])
      return ofClass(partOf(model, held) ?? missing(file.id, held, model), file.class)
    }),
  ])
  return Object.fromEntries(located) as ModelFiles
}

/** As `modelsOf`, of one network. */
export async function modelOf(
  part: ModelPart,
  { models }: Pick<Setup, 'models'>,
  library: string,
): Promise<readonly ModelFile[]> {
  return filesOf(part, models, await readLibrary(library))
}

/** What the generator of a setup is called; null for one that is not installed any more. */
export async function generatorName(
  { models }: Pick<Setup, 'models'>,
  library: string,
): Promise<string | null> {
  const { models: installed } = await readLibrary(library)
  const chosen = models.generator === undefined ? embeddedIn(installed) : named(models.generator, installed)
  return chosen?.record.name ?? null
}

function filesOf(part: ModelPart, models: Setup['models'], installed: ModelLibrary): readonly ModelFile[] {
  const files = filesFor(part, models, installed.models)
  if (files !== undefined) return files
  const chosen = models[part]
  const wanted = chosen === undefined ? embeddedIn(installed.models) : named(chosen, installed.models)
  if (wanted === undefined) throwFault(chosen, installed)
  return missing(chosen ?? 'mien-pack', part, wanted)
}

function named(id: string | undefined, installed: readonly InstalledModel[]): InstalledModel | undefined {
  return installed.find(({ record }) => record.id === id)
}

function embeddedIn(installed: readonly InstalledModel[]): InstalledModel | undefined {
  return installed.find(({ origin }) => origin === 'embedded')
}

function missing(id: string, part: ModelPart | 'discriminator', model: InstalledModel | undefined): never {
  const message =
    model === undefined
      ? `The model "${id}" is not installed.`
      : `The model "${model.record.name}" has no ${part === 'discriminator' ? part : partNames[part]}.`
  throw new MienError('unreadable-file', message, { name: id, hint: 'Choose another model, or import it.' })
}
