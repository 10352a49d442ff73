import { type ComputedRef, computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { sentences } from './de/sentences.ts'
import { translatorOf } from './sentences.ts'

const toGerman = translatorOf(sentences)

/** Gives what the service says in the window's language. */
export function useServiceText(): ComputedRef<(text: string) => string> {
  const { locale } = useI18n()
  return computed(() => (locale.value === 'de' ? toGerman : (text) => text))
}
