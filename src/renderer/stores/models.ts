import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { Failure } from '../../shared/failure.ts'
import type { Model } from '../../shared/models.ts'
import { failureOf, useAsk, useClient } from './client.ts'

/** An import that is under way or was refused. */
export interface Import {
  readonly names: readonly string[]
  readonly stage: 'uploading' | 'converting'
  /** 0..1; null where it can't be told. */
  readonly done: number | null
  readonly refusal: Failure | null
}

/** The installed models. */
export const useModels = defineStore('models', () => {
  const client = useClient()
  const ask = useAsk()
  const list = shallowRef<readonly Model[]>([])
  const loaded = ref(false)
  const importing = shallowRef<Import | null>(null)
  const busy = computed(() => importing.value !== null && importing.value.refusal === null)

  async function load(): Promise<void> {
    const models = await ask('models.list', {})
    if (models === undefined) return
    list.value = models
    loaded.value = true
  }

  /**
   * Brings in a checkpoint, or the two files of a perceptual network. The model if it was taken; a refusal stays in
   * `importing` until it is dismissed.
   */
  async function bringIn(files: readonly File[]): Promise<Model | undefined> {
    if (busy.value || files.length === 0) return undefined
    const names = files.map(({ name }) => name)
    importing.value = { names, stage: 'uploading', done: null, refusal: null }
    try {
      const uploads: string[] = []
      for (const file of files) uploads.push(await client.upload(file))
      importing.value = { names, stage: 'converting', done: null, refusal: null }
      const model = await client.call('models.import', { uploads })
      importing.value = null
      await load()
      return model
    } catch (error) {
      importing.value = { names, stage: 'converting', done: null, refusal: failureOf(error) }
      return undefined
    }
  }

  /** Brings in what was dropped or chosen: two files are one perceptual network, others stand for themselves. */
  async function bringInAll(files: readonly File[]): Promise<readonly Model[]> {
    const sets = files.length === 2 ? [files] : files.map((file) => [file])
    const taken: Model[] = []
    for (const set of sets) {
      const model = await bringIn(set)
      if (model === undefined) break
      taken.push(model)
    }
    return taken
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
