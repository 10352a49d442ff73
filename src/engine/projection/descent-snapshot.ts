import { type FloatTensor, floatTensor, joined, sizeOf } from '../tensor.ts'
import type { Weights } from '../weights.ts'
import { type Curve, type Descent, mostCurves, mostRefusals } from './quasi-newton.ts'
import { fieldsOf, floatIn, natural } from './snapshot-file.ts'

/** The arrays of a descent by their names in a snapshot. */
export function descentTensors({ at, curves }: Descent): Record<string, FloatTensor> {
  return {
    ...(at !== undefined && { 'descent.gradient': floatTensor([at.gradient.length], at.gradient) }),
    ...(curves.length > 0 && {
      'descent.moves': rowsOf(curves.map(({ move }) => move)),
      'descent.turns': rowsOf(curves.map(({ turn }) => turn)),
    }),
  }
}

/** Its numbers. */
export function descentFields({ at, length, refusals, roughness, curves }: Descent) {
  return { ...(at !== undefined && { loss: at.loss }), length, refusals, roughness, curves: curves.length }
}

/** Undefined where something is missing, not finite, or of another size than the latent. */
export function descentIn(
  weights: Weights,
  value: unknown,
  { shape }: FloatTensor,
  file: string,
): Descent | undefined {
  const fields = fieldsOf(value)
  const size = sizeOf(shape)
  const count = natural(fields.curves, mostCurves)
  const refusals = natural(fields.refusals, mostRefusals)
  const { length, roughness, loss } = fields
  if (count === undefined || refusals === undefined || !isNumber(length) || !isNumber(roughness))
    return undefined
  const rows = (name: string) => (count === 0 ? [] : rowsIn(floatIn(weights, name, file), count, size))
  const [moves, turns] = [rows('descent.moves'), rows('descent.turns')]
  if (moves === undefined || turns === undefined) return undefined
  const curves: readonly Curve[] = moves.map((move, i) => ({ move, turn: turns[i]! }))
  if (loss === undefined) return { at: undefined, length, refusals, roughness, curves }
  const [gradient] = rowsIn(floatIn(weights, 'descent.gradient', file), 1, size) ?? []
  if (gradient === undefined || !isNumber(loss)) return undefined
  return { at: { loss, gradient }, length, refusals, roughness, curves }
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value)
}

function rowsOf(rows: readonly Float32Array[]): FloatTensor {
  return floatTensor([rows.length, rows[0]!.length], joined(rows).data)
}

function rowsIn({ data }: FloatTensor, count: number, size: number): readonly Float32Array[] | undefined {
  if (data.length !== count * size || !data.every(Number.isFinite)) return undefined
  return Array.from({ length: count }, (_, i) => data.slice(i * size, (i + 1) * size))
}
