import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { Device } from '../../shared/models.ts'
import { useAsk } from './client.ts'

/** What this machine can compute on. */
export const useDevices = defineStore('devices', () => {
  const ask = useAsk()
  const list = shallowRef<readonly Device[]>([])
  const looking = ref(false)

  /** Looks once, or again if it is asked for: trying every device takes seconds. */
  async function load(again = false): Promise<void> {
    if (looking.value || (list.value.length > 0 && !again)) return
    looking.value = true
    list.value = (await ask('devices.list', { again })) ?? list.value
    looking.value = false
  }

  return { list, looking, load }
})
