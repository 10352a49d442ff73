import { join } from 'node:path'
import * as v from 'valibot'
import type { Service } from '../../../shared/contract.ts'
import type { Emit } from '../../../shared/events.ts'
import { id as idSchema } from '../../../shared/fields.ts'
import type { Model } from '../../../shared/models.ts'
import type { Run } from '../../../shared/run.ts'
import { makeFolder, moveFolder, removeFolder, requireFile } from '../../files.ts'
import { type InstalledModel, installedModels } from '../model-library.ts'
import { generatorSearch } from './generator-search.ts'
import { refusal } from './refusal.ts'
import type { AskEngine } from './short-jobs.ts'

export interface ModelCommandNeeds {
  /** The folder of imported models. */
  readonly library: string
  /** Where an uploaded file lies; its last part is the name that the user knows, after which the model is called. */
  readonly uploadPath: (upload: string) => Promise<string>
  /** Runs of all projects that wait or are under way. */
  readonly queued: () => Promise<readonly Run[]>
  readonly askEngine: AskEngine
  readonly emit: Emit
}

/** The installed models. */
export function modelCommands({
  library,
  uploadPath,
  queued,
  askEngine,
  emit,
}: ModelCommandNeeds): Pick<Service, 'models.list' | 'models.import' | 'models.remove'> {
  return {
    async 'models.list'() {
      // The window names models by ids; a folder that someone called otherwise is for the command line.
      const named = (await installedModels(library)).filter(({ record }) => v.is(idSchema, record.id))
      return Promise.all(named.map(modelOf))
    },

    async 'models.import'({ uploads }) {
      emit('models.progress', { done: null })
      const files = await Promise.all(uploads.map(uploadPath))
      await makeFolder(library)
      const { record, folder } = await askEngine(
        'import',
        { files, library },
        { portion: (done) => emit('models.progress', { done }) },
      )
      emit('models', {})
      return modelOf({ record, folder, origin: 'imported' })
    },

    async 'models.remove'({ model: id }) {
      const model = (await installedModels(library)).find(({ record }) => record.id === id)
      if (model === undefined) throw refusal('The model is not installed any more.')
      const { record, folder, origin } = model
      if (origin === 'embedded') throw refusal(`${record.name} comes with Mien and cannot be removed.`)
      const user = (await queued()).find(({ setup }) => Object.values(setup.models).includes(id))
      if (user !== undefined) {
        throw refusal(`The run "${user.name}" uses ${record.name}.`, 'Wait for its end, or stop it first.')
      }
      // Out of sight first, so that no half of a model is ever found.
      const removed = join(library, `.${id}.removed`)
      await moveFolder(folder, removed)
      await removeFolder(removed)
      emit('models', {})
      return {}
    },
  }
}

async function modelOf({ record, folder, origin }: InstalledModel): Promise<Model> {
  const stored = Object.entries(record.files)
  const sizes = await Promise.all(
    // A file that is missing counts nothing here; a run that needs it says so.
    stored.map(([, { file }]) => requireFile(join(folder, file)).catch(() => ({ size: 0 }))),
  )
  return {
    id: record.id,
    name: record.name,
    version: record.version ?? null,
    licence: record.licence ?? null,
    origin,
    parts: stored.map(([part]) => part as keyof typeof record.files),
    resolution: record.resolution ?? null,
    bytes: sizes.reduce((sum, { size }) => sum + size, 0),
    sha256:
      record.source === undefined
        ? Object.fromEntries(stored.map(([part, { sha256 }]) => [part, sha256]))
        : { [record.source.file]: record.source.sha256 },
    source: record.source?.file ?? null,
    settings: generatorSearch({ record, folder, origin }),
  }
}
