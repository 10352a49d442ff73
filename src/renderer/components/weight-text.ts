/** A weight as it is written: three significant digits, no more zeros than needed, thousands and millions by letters. */
export function weightText(weight: number, language: string): string {
  const { size, letter } = units.find(({ from }) => weight >= from) ?? { size: 1, letter: '' }
  const format = new Intl.NumberFormat(language, { maximumSignificantDigits: 3, useGrouping: false })
  return `${format.format(weight / size)}${letter}`
}

const units = [
  { from: 1e6, size: 1e6, letter: 'M' },
  { from: 1e4, size: 1e3, letter: 'k' },
]

const typedSizes: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6 }

/** A weight as people type it, with a point or a comma, k or M; undefined for what is none. */
export function parsedWeight(text: string): number | undefined {
  const [, digits = '', letter = ''] = /^([^km]*)([km]?)$/.exec(text.trim().toLowerCase()) ?? []
  const trimmed = digits.trim().replace(',', '.')
  const weight = Number(trimmed) * typedSizes[letter]!
  return trimmed !== '' && Number.isFinite(weight) && weight >= 0 && weight <= 1e9 ? weight : undefined
}
