// @vitest-environment happy-dom
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sentences } from '../../src/renderer/locales/de/sentences.ts'
import { de } from '../../src/renderer/locales/de.ts'
import { en } from '../../src/renderer/locales/en.ts'
import { languageFor } from '../../src/renderer/locales/language.ts'
import { translatorOf } from '../../src/renderer/locales/sentences.ts'
import { serviceSentences } from './service-sentences.ts'

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

test('what is counted has a word for one, but where one never comes', () => {
  const neverOne = [
    'workspace.film.whichFaceOf',
    'workspace.variations.offer.look',
    'workspace.variations.offer.landmarks',
    'workspace.export.pixels',
    'workspace.export.longerSide',
    'run.moreSteps',
  ]
  const counting = [...english].filter(([, text]) => /\{n\} (\w+ )?[a-z]+s\b/.test(text)).map(([key]) => key)
  expect(counting.length).toBeGreaterThan(5)
  const one = (key: string) => english.get(key)!.includes(' | ')
  expect(counting.filter((key) => !one(key))).toEqual(neverOne)
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

describe('what the service says', () => {
  const say = translatorOf(sentences)

  test('is there in German', () => {
    const said = serviceSentences()
    expect(said.length).toBeGreaterThan(100)
    expect(said.filter((text) => say(text) === text)).toEqual([])
  })

  test('keeps its names and numbers, and every place of a translation is one of the sentence', () => {
    for (const [english, german] of Object.entries(sentences)) {
      const count = english.split('{}').length - 1
      const filled = [...Array(count).keys()].reduce((text, i) => text.replace('{}', `x${i}y`), english)
      const places = german.match(/\{\d\}/g) ?? []
      expect(say(filled), english).toBe(
        places.reduce((text, place) => text.replace(place, `x${place.slice(1, -1)}y`), german),
      )
      expect(
        places.every((place) => Number(place.slice(1, -1)) < count),
        english,
      ).toBe(true)
    }
  })

  test('is translated part by part, and left where there is no translation', () => {
    expect(say('a. b.jpg is a video, which Mien does not read.')).toBe(
      'a. b.jpg ist ein Video; so etwas liest Mien nicht.',
    )
    expect(say('a.jpg has 12000 x 8000 pixels (96 megapixels); it was scaled down to 10033 x 6688.')).toBe(
      'a.jpg hat 12000 × 8000 Pixel (96 Megapixel); es wurde auf 10033 × 6688 verkleinert.',
    )
    expect(say('The engine process ended unexpectedly: exit code 7. Going on from step 25 on cpu.')).toBe(
      'Das Rechenwerk endete unerwartet: Rückgabewert 7. Es geht ab Schritt 25 auf cpu weiter.',
    )
    expect(say('The pickle ends at byte 7. Try again.')).toBe(
      'The pickle ends at byte 7. Versuchen Sie es noch einmal.',
    )
  })
})
