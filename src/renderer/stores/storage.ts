import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { Result } from '../../shared/contract.ts'
import { useAsk, useClient } from './client.ts'

/** Where everything that belongs to the user lies, and how much it takes. */
export const useStorage = defineStore('storage', () => {
  const client = useClient()
  const ask = useAsk()
  const current = shallowRef<Result<'studio.storage'> | null>(null)

  async function load(): Promise<void> {
    current.value = (await ask('studio.storage', {})) ?? current.value
  }

  return { current, load, showFolder: client.showFolder }
})
