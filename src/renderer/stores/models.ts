import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { Failure } from '../../shared/failure.ts'
import { type Imported, type Model, mostImported } from '../../shared/models.ts'
import { failureOf, useAsk, useClient } from './client.ts'

/** Files that were not imported, and why. */
export interface Refusal {
  readonly names: readonly string[]
  readonly failure: Failure
}

/** An import that is under way, or of which something was refused. */
export interface Import {
  readonly names: readonly string[]
  readonly stage: 'uploading' | 'converting'
  /** 0..1; null where it can't be told. */
  readonly done: number | null
  /** Those of an import that is over. */
  readonly refusals: readonly Refusal[]
}

/** The installed models. */
export const useModels = defineStore('models', () => {
  const client = useClient()
  const ask = useAsk()
  const list = shallowRef<readonly Model[]>([])
  const loaded = ref(false)
  const importing = shallowRef<Import | null>(null)
  const busy = computed(() => importing.value !== null && importing.value.refusals.length === 0)

  async function load(): Promise<void> {
    const models = await ask('models.list', {})
    if (models === undefined) return
    list.value = models
    loaded.value = true
  }

  /** What became of some files, of which the service tells by their content which of them make a model together. */
  async function bringIn(files: readonly File[]): Promise<readonly (Model | Refusal)[]> {
    const names = files.map(({ name }) => name)
    importing.value = { names, stage: 'uploading', done: null, refusals: [] }
    try {
      const uploads: string[] = []
      for (const file of files) uploads.push(await client.upload(file))
      importing.value = { names, stage: 'converting', done: null, refusals: [] }
      const results = await client.call('models.import', { uploads })
      const namesOf = (result: Imported) => result.uploads.map((upload) => names[uploads.indexOf(upload)]!)
      return results.map((result) =>
        'model' in result ? result.model : { names: namesOf(result), failure: result.refusal },
      )
    } catch (error) {
      return [{ names, failure: failureOf(error) }]
    }
  }

  /** Brings in what was dropped or chosen: the models. Refusals stay in `importing` until they are dismissed. */
  async function bringInAll(files: readonly File[]): Promise<readonly Model[]> {
    if (busy.value || files.length === 0) return []
    const results: (Model | Refusal)[] = []
    for (let start = 0; start < files.length; start += mostImported) {
      results.push(...(await bringIn(files.slice(start, start + mostImported))))
    }
    const refusals = results.filter((result) => 'failure' in result)
    importing.value = refusals.length === 0 ? null : { ...importing.value!, refusals }
    await load()
    return results.filter((result) => 'id' in result)
  }

  function dismiss(): void {
    if (!busy.value) importing.value = null
  }

  async function remove(model: string): Promise<void> {
    if ((await ask('models.remove', { model })) !== undefined) await load()
  }

  client.onConnection((connection) => connection === 'connected' && void load())
  client.on('models', () => void load())
  client.on('models.progress', ({ done }) => {
    if (importing.value !== null && busy.value) importing.value = { ...importing.value, done }
  })

  return { list, loaded, importing, busy, load, bringInAll, dismiss, remove }
})
