import { fromUtf8 } from './utf8.ts'

/** The value of a JSON text in UTF-8; undefined where it is damaged or its brackets nest deeper than `depth`. */
export function parseShallowJson(raw: Uint8Array, depth: number): unknown {
  const text = fromUtf8(raw)
  if (text === undefined || !isShallow(raw, depth)) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** The entries of a JSON object, so that keys such as `__proto__` are only keys; undefined for anything else. */
export function jsonEntries(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return new Map(Object.entries(value))
}

/** A list of whole numbers from 0 up; undefined for anything else. */
export function jsonNaturals(value: unknown): number[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.every((item) => Number.isSafeInteger(item) && item >= 0) ? value : undefined
}

/** Looks at the brackets before JSON.parse does. */
function isShallow(raw: Uint8Array, limit: number): boolean {
  let depth = 0
  let inText = false
  for (let i = 0; i < raw.length; i++) {
    const byte = raw[i]
    if (inText) {
      if (byte === 0x5c) i++
      else if (byte === 0x22) inText = false
    } else if (byte === 0x22) inText = true
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > limit) return false
    } else if (byte === 0x7d || byte === 0x5d) depth--
  }
  return true
}
