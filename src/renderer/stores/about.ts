import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { Result } from '../../shared/contract.ts'
import { useAsk } from './client.ts'

/** Which Mien this is, and where it runs. */
export const useAbout = defineStore('about', () => {
  const ask = useAsk()
  const current = shallowRef<Result<'studio.about'> | null>(null)

  async function load(): Promise<void> {
    current.value ??= (await ask('studio.about', {})) ?? null
  }

  return { current, load }
})
