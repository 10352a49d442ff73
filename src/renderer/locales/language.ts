import { createI18n } from 'vue-i18n'
import type { Preferences } from '../../shared/preferences.ts'
import { de } from './de.ts'
import { en } from './en.ts'

export type Language = 'en' | 'de'

/** The texts of the window; messages are compiled to data, without `eval`. */
export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  messages: { en, de },
})

/** The language for what the user prefers, where the system speaks these, the most wanted first. */
export function languageFor(
  preferred: Preferences['language'],
  system: readonly string[] = navigator.languages,
): Language {
  if (preferred !== 'system') return preferred
  const known = system.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag === 'de' || tag === 'en')
  return known === 'de' ? 'de' : 'en'
}

export function speak(language: Language): void {
  i18n.global.locale.value = language
  document.documentElement.lang = language
}
