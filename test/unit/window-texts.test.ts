// @vitest-environment happy-dom
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { de } from '../../src/renderer/locales/de.ts'
import { en } from '../../src/renderer/locales/en.ts'
import { languageFor } from '../../src/renderer/locales/language.ts'

type Texts = { readonly [key: string]: string | Texts }

function flat(texts: Texts, path = ''): ReadonlyMap<string, string> {
  const entries = Object.entries(texts).flatMap(([key, value]) =>
    typeof value === 'string' ? [[path + key, value] as const] : [...flat(value, `${path}${key}.`).entries()],
  )
  return new Map(entries)
}

const english = flat(en)
const german = flat(de)

test('German has the keys of English, and no text is empty', () => {
  expect([...german.keys()].sort()).toEqual([...english.keys()].sort())
  const empty = [...english, ...german].filter(([, text]) => text.trim() === '')
  expect(empty).toEqual([])
})

test('a text takes the same values and has as many plural forms in both languages', () => {
  const shape = (text: string) => ({
    values: [...new Set(text.match(/\{\w+\}/g))].sort(),
    forms: text.split('|').length,
  })
  for (const [key, text] of english) expect(shape(german.get(key)!), key).toEqual(shape(text))
})

test('every text that the window asks for by name is there', () => {
  const root = join(import.meta.dirname, '../../src/renderer')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(vue|ts)$/.test(name),
  )
  const asked = files.flatMap((name) => {
    const text = readFileSync(join(root, name), 'utf8')
    return [...text.matchAll(/\bt\('([\w.]+)'/g)].map(([, key]) => key!)
  })
  expect(asked.length).toBeGreaterThan(50)
  expect(asked.filter((key) => !english.has(key))).toEqual([])
})

test('the language is the one that is preferred, else the first of the system that Mien speaks', () => {
  expect(languageFor('de', ['en-GB'])).toBe('de')
  expect(languageFor('system', ['fr-FR', 'de-AT', 'en'])).toBe('de')
  expect(languageFor('system', ['fr-FR'])).toBe('en')
})
