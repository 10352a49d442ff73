import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { SetProgress, ShownCatalogue } from '../../shared/catalogue.ts'
import { failureOf, useAsk, useClient } from './client.ts'
import { useNotices } from './notices.ts'

/** What can be downloaded, what came so far, and the download that is under way. */
export const useCatalogue = defineStore('catalogue', () => {
  const client = useClient()
  const ask = useAsk()
  const notices = useNotices()
  const current = shallowRef<ShownCatalogue | null>(null)
  /** Of one set at a time; null where nothing was told yet. */
  const progress = shallowRef<{ readonly set: string; readonly progress: SetProgress } | null>(null)

  async function load(): Promise<void> {
    current.value = (await ask('catalogue.list', {})) ?? current.value
    const set = current.value?.sets.find(({ id }) => id === progress.value?.set)
    if (!set?.busy) progress.value = null
  }

  /** Begins with a set or goes on with it; with `accept` the user accepts its licences. */
  async function download(set: string, accept: boolean): Promise<void> {
    await ask('catalogue.download', { set, accept })
  }

  async function pause(set: string): Promise<void> {
    await ask('catalogue.pause', { set })
  }

  /** Removes what came of a file. */
  async function remove(partial: string): Promise<void> {
    await ask('catalogue.remove', { partial })
  }

  /** Takes a catalogue of the user's own, or that of Mien for null. */
  async function choose(file: File | null): Promise<void> {
    try {
      const upload = file === null ? null : await client.upload(file)
      await client.call('catalogue.choose', { upload })
    } catch (error) {
      notices.fail(failureOf(error))
    }
  }

  /** Only once a place asked: nobody else needs the list. */
  const reload = () => current.value !== null && void load()
  client.onConnection((connection) => connection === 'connected' && reload())
  client.on('catalogue', reload)
  client.on('catalogue.progress', (told) => {
    progress.value = told
  })

  return { current, progress, load, download, pause, remove, choose }
})
