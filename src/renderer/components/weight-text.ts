/** A weight as it is written: three significant digits, no more zeros than needed. */
export function weightText(weight: number, language: string): string {
  return new Intl.NumberFormat(language, {
    maximumSignificantDigits: 3,
    useGrouping: false,
    ...(weight >= 1e5 && { notation: 'scientific' }),
  })
    .format(weight)
    .toLowerCase()
}

/** A weight as people type it, with a point or a comma; undefined for what is none. */
export function parsedWeight(text: string): number | undefined {
  const trimmed = text.trim().replace(',', '.')
  const weight = Number(trimmed)
  return trimmed !== '' && Number.isFinite(weight) && weight >= 0 && weight <= 1e9 ? weight : undefined
}
