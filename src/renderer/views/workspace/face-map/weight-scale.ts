/** A slider's way from no weight to the largest one, logarithmic, because weights differ by orders of magnitude. */
export interface WeightScale {
  /** The smallest weight beside 0. */
  readonly least: number
  readonly most: number
}

export const groupScale: WeightScale = { least: 0.01, most: 20 }

/** The lowest part of the way is 0, so that it can be met. */
const zero = 0.04

/** Where a weight lies on the way, 0..1. */
export function positionOf(weight: number, { least, most }: WeightScale): number {
  if (weight <= 0) return 0
  const along = Math.log(weight / least) / Math.log(most / least)
  return zero + (1 - zero) * Math.min(1, Math.max(0, along))
}

/** The weight at a place of the way, 0..1, with two significant digits. */
export function weightAt(position: number, { least, most }: WeightScale): number {
  if (position < zero / 2) return 0
  const along = Math.min(1, Math.max(0, (position - zero) / (1 - zero)))
  return twoDigits(least * (most / least) ** along)
}

/**
 * The weight that a slider comes to from another one: the lowest part of the way is 0 on the way down, and the least
 * weight on the way up, so that single steps lead out of it in both directions.
 */
export function weightSlid(before: number, position: number, scale: WeightScale): number {
  if (position >= zero) return weightAt(position, scale)
  return position > positionOf(before, scale) ? scale.least : 0
}

/** The way that a slider goes with one key: enough to change two significant digits, wherever it begins. */
export const slideStep = 0.02

/**
 * The weight that is so many hundredths of the way further up, never the same one before the end; down for negative ones.
 */
export function weightBeside(weight: number, hundredths: number, scale: WeightScale): number {
  if (weight === 0) return hundredths > 0 ? scale.least : 0
  if (hundredths < 0 && weight <= scale.least) return 0
  if (hundredths > 0 && weight >= scale.most) return weight
  const position = Math.max(zero, positionOf(weight, scale) + hundredths / 100)
  const beside = weightAt(position, scale)
  if (beside !== weight) return beside
  const digit = 10 ** (Math.floor(Math.log10(weight)) - 1)
  return twoDigits(Math.min(scale.most, Math.max(scale.least, weight + Math.sign(hundredths) * digit)))
}

function twoDigits(value: number): number {
  return Number(value.toPrecision(2))
}
