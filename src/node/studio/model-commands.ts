import { join } from 'node:path'
import * as v from 'valibot'
import { MienError } from '../../engine/errors.ts'
import type { Service } from '../../shared/contract.ts'
import type { Emit } from '../../shared/events.ts'
import type { Failure } from '../../shared/failure.ts'
import { id as idSchema } from '../../shared/fields.ts'
import { modelFor } from '../../shared/model-choice.ts'
import type { Imported, Model } from '../../shared/models.ts'
import type { Run } from '../../shared/run.ts'
import { modelParts } from '../../shared/settings.ts'
import type { AskEngine } from '../engine/short-jobs.ts'
import { makeFolder, removeFolder, renameFolder, requireFile, temporaryName } from '../host/files.ts'
import {
  choosableOf,
  type FaultyModel,
  type InstalledModel,
  installedModels,
  modelOfHash,
  readLibrary,
} from '../models/store.ts'
import { generatorSearch } from './generator-search.ts'
import { wrongUse } from './wrong-use.ts'

export interface ModelCommandNeeds {
  /** The folder of imported models. */
  readonly library: string
  /** Where an uploaded file lies; its last part is the name that the user knows, after which the model is called. */
  readonly uploadPath: (upload: string) => Promise<string>
  /** Told of every upload that was tried. */
  readonly releaseUpload: (upload: string) => Promise<void>
  /** Runs of all projects that wait or are under way. */
  readonly queued: () => Promise<readonly Run[]>
  readonly askEngine: AskEngine
  readonly emit: Emit
}

/** The installed models. */
export function modelCommands({
  library,
  uploadPath,
  releaseUpload,
  queued,
  askEngine,
  emit,
}: ModelCommandNeeds): Pick<Service, 'models.list' | 'models.import' | 'models.remove'> {
  async function importAll(uploads: readonly string[]): Promise<Imported[]> {
    emit('models.progress', { done: null })
    const paths = await Promise.all(uploads.map(uploadPath))
    await makeFolder(library)
    const { sets } = await askEngine('model-sets', { files: paths })
    const results: Imported[] = []
    for (const [i, files] of sets.entries()) {
      const portion = (done: number) => emit('models.progress', { done: (i + done) / sets.length })
      const notice = (message: string) => emit('notice', { message })
      const ids = files.map((file) => uploads[paths.indexOf(file)]!)
      try {
        const { record, folder } = await askEngine('import', { files, library }, { portion, notice })
        results.push({
          uploads: ids,
          model: await shownModel({ record, folder, origin: 'imported' }, await installedModels(library)),
        })
      } catch (error) {
        if (!(error instanceof MienError)) throw error
        results.push({ uploads: ids, refusal: failureOf(error) })
      }
    }
    emit('models', {})
    return results
  }

  return {
    async 'models.list'() {
      const { models, faulty } = await readLibrary(library)
      const listed = [
        ...(await Promise.all(models.map((model) => shownModel(model, models)))),
        ...faulty.map(faultyModelOf),
      ]
      // The window names models by ids; a folder that someone called otherwise is for the command line.
      return listed.filter(({ id }) => v.is(idSchema, id))
    },

    async 'models.import'({ uploads }) {
      try {
        return await importAll(uploads)
      } finally {
        // As large as the models themselves; who tries again gives them again.
        for (const upload of uploads) await releaseUpload(upload)
      }
    },

    async 'models.remove'({ model: id }) {
      const { models, faulty } = await readLibrary(library)
      const model = faulty.find((found) => found.id === id) ?? models.find(({ record }) => record.id === id)
      if (model === undefined) throw wrongUse('The model is not installed any more.')
      const { folder, origin } = model
      const name = 'record' in model ? model.record.name : id
      if (origin === 'embedded') throw wrongUse(`${name} comes with Mien and cannot be removed.`)
      const choosable = choosableOf(models)
      const user = (await queued()).find(
        ({ setup }) =>
          Object.values(setup.models).includes(id) ||
          modelParts.some((part) => modelFor(part, setup.models, choosable)?.id === id),
      )
      if (user !== undefined) {
        throw wrongUse(`The run "${user.name}" uses ${name}.`, 'Wait for its end, or stop it first.')
      }
      // Out of sight first, so that no half of a model is ever found.
      const removed = temporaryName(folder)
      await renameFolder(folder, removed)
      await removeFolder(removed)
      emit('models', {})
      return {}
    },
  }
}

function failureOf({ code, message, hint }: MienError): Failure {
  return { code, message, hint: hint ?? null }
}

function faultyModelOf({ id, origin, fault }: FaultyModel): Model {
  const unknown = {
    ...{ version: null, licence: null, resolution: null, source: null, settings: null },
    ...{ classes: 0, original: null, companions: [], project: null },
  }
  return { ...unknown, id, name: id, origin, parts: [], bytes: 0, sha256: {}, fault: failureOf(fault) }
}

async function shownModel(model: InstalledModel, installed: readonly InstalledModel[]): Promise<Model> {
  const { record, folder, origin } = model
  const original = modelOfHash(record.tunedFrom, installed)
  const stored = Object.entries(record.files)
  const sizes = await Promise.all(
    // A file that went away meanwhile counts nothing here; the next listing says so.
    stored.map(([, { file }]) => requireFile(join(folder, file)).catch(() => ({ size: 0 }))),
  )
  return {
    id: record.id,
    name: record.name,
    version: record.version ?? null,
    licence: record.licence ?? original?.record.licence ?? null,
    origin,
    parts: stored.map(([part]) => part as keyof typeof record.files),
    resolution: record.resolution ?? null,
    classes: record.classes ?? 0,
    bytes: sizes.reduce((sum, { size }) => sum + size, 0),
    sha256:
      record.source === undefined
        ? Object.fromEntries(stored.map(([part, { sha256 }]) => [part, sha256]))
        : { [record.source.file]: record.source.sha256 },
    source: record.source?.file ?? null,
    settings: generatorSearch(original ?? model),
    original: original?.record.id ?? null,
    companions: (record.companions ?? []).filter((companion) => v.is(idSchema, companion)),
    project: record.project ?? null,
    fault: null,
  }
}
