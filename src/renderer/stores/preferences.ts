import { defineStore } from 'pinia'
import { ref, watch } from 'vue'
import { defaultPreferences, type Preferences } from '../../shared/preferences.ts'
import { useAsk, useClient } from './client.ts'

/** What decides about the first picture of the window is kept here too, so that it need not wait for the service. */
const firstKey = 'mien-first'

function first(): Partial<Preferences> {
  try {
    const { theme, language } = JSON.parse(localStorage.getItem(firstKey) ?? '{}')
    return { ...(theme && { theme }), ...(language && { language }) }
  } catch {
    return {}
  }
}

/** What the user prefers on this machine; all windows share it. */
export const usePreferences = defineStore('preferences', () => {
  const client = useClient()
  const ask = useAsk()
  const current = ref<Preferences>({ ...defaultPreferences, ...first() })

  watch(current, ({ theme, language }) => {
    localStorage.setItem(firstKey, JSON.stringify({ theme, language }))
  })

  async function load(): Promise<void> {
    const kept = await ask('preferences.get', {})
    if (kept !== undefined) current.value = kept
  }

  /** Takes effect at once, and is taken back if it can't be kept. */
  async function set(changes: Partial<Preferences>): Promise<void> {
    const before = current.value
    current.value = { ...before, ...changes }
    const kept = await ask('preferences.set', changes)
    current.value = kept ?? before
  }

  client.onConnection((connection) => connection === 'connected' && void load())
  client.on('preferences', () => void load())

  return { current, load, set }
})
