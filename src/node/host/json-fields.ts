import * as v from 'valibot'
import { weight } from '../../engine/projection/settings.ts'

/** The value of a JSON text; undefined where it is damaged. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** An object that is no list. */
export function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

/** A text that is not empty. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A SHA-256 in hex. */
export function asHash(value: unknown): string | undefined {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? value : undefined
}

/** A finite number from 0 up. */
export function asAmount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}

/** A factor of a term or of a group of landmarks, within the bounds of the contract. */
export function asWeight(value: unknown): number | undefined {
  return v.is(weight, value) ? value : undefined
}

/** A number from 0 to 1. */
export function asFraction(value: unknown): number | undefined {
  const amount = asAmount(value)
  return amount !== undefined && amount <= 1 ? amount : undefined
}

/** A whole number from 0 up. */
export function asCount(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? asAmount(value) : undefined
}
