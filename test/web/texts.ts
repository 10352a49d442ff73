import type { Page } from 'playwright-core'
import { de } from '../../src/renderer/locales/de.ts'
import { en } from '../../src/renderer/locales/en.ts'

type Texts = { readonly [key: string]: string | Texts }

/** Texts of a table by their keys, every plural form for itself. */
function flat(texts: Texts, path = ''): [key: string, text: string][] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === 'string'
      ? value.split(' | ').map((text): [string, string] => [path + key, text])
      : flat(value, `${path}${key}.`),
  )
}

/** What a text with values in it can look like; undefined where it is hardly more than its values. */
function shapeOf(text: string): RegExp | undefined {
  const parts = text.split(/\{\w+\}/)
  if (parts.join('').replace(/[^\p{Letter}]/gu, '').length < 3) return undefined
  return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('.+')}$`)
}

const shapes = (texts: Texts) => flat(texts).flatMap(([, text]) => shapeOf(text) ?? [])
const [english, german] = [shapes(en), shapes(de)]
const keys = new Set(flat(en).map(([key]) => key))

/** Words that no German sentence has. */
const englishWords = /(^|\s)(the|of|and|is|are|with|from|your|for|to)(\s|$)/i

/**
 * What is to be read or heard on a German page as it is now and is not German: keys, texts of the English table, English
 * sentences; but for what the page itself says is in another language.
 */
export async function notGerman(page: Page): Promise<readonly string[]> {
  return (await texts(page)).filter((text) => {
    if (keys.has(text) || englishWords.test(text)) return true
    return english.some((shape) => shape.test(text)) && !german.some((shape) => shape.test(text))
  })
}

/** All that is shown and all that is read aloud instead, once each. */
function texts(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const found = new Set<string>()
    const add = (text: string | null) => {
      const plain = text?.replace(/\s+/g, ' ').trim()
      if (plain) found.add(plain)
    }
    const said = ['aria-label', 'aria-valuetext', 'title', 'placeholder', 'alt']
    for (const element of document.querySelectorAll('body, body *')) {
      if (!element.checkVisibility() || element.closest('[lang]') !== document.documentElement) continue
      for (const name of said) add(element.getAttribute(name))
      for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) add(node.textContent)
    }
    return [...found]
  })
}
