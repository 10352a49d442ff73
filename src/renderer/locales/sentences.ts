/**
 * What the service says, which is English, in another language: by the English, with {} where a name or a number
 * stands, and {0}, {1}, … for these in the translation.
 */
export type Sentences = Readonly<Record<string, string>>

/** Gives what the service says in another language. What is not among the sentences stays as it is. */
export function translatorOf(sentences: Sentences): (text: string) => string {
  const patterns = Object.entries(sentences)
    // Those with more words first: 'The model "{}" is not installed.' is also '{} is not installed.'
    .sort(([a], [b]) => b.length - a.length)
    .map(([english, translation]) => ({ pattern: patternOf(english), translation }))

  function sentence(text: string): string | undefined {
    for (const { pattern, translation } of patterns) {
      const places = pattern.exec(text)?.slice(1)
      if (places) return translation.replace(/\{(\d)\}/g, (_, place) => translate(places[place]!))
    }
    return undefined
  }

  /** Several sentences one by one, where one of them is known: a place at the end of the first takes no more than its own. */
  function translate(text: string): string {
    const parts = text.split(/(?<=\.) (?=\p{Lu})/u)
    const said = parts.map(sentence)
    if (parts.length > 1 && said.some((part) => part !== undefined))
      return parts.map((part, i) => said[i] ?? part).join(' ')
    return sentence(text) ?? text
  }
  return translate
}

function patternOf(english: string): RegExp {
  const literals = english.split('{}').map((literal) => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${literals.join('(.+)')}$`, 's')
}
