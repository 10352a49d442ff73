import type { MetricsRow } from '../../../../shared/run.ts'

/** The terms of the chart in the order of its series; `loss` is their weighted sum. */
export const chartedTerms = [
  'loss',
  'perceptual',
  'landmark',
  'colour',
  'prior',
  'identity',
  'discriminator',
  'noiseReg',
] as const
export type ChartedTerm = (typeof chartedTerms)[number]

export interface LossSeries {
  /** Those that the run has. */
  readonly terms: readonly ChartedTerm[]
  /** Steps, then the values of each term; null where a logarithm has nothing to show. */
  readonly columns: readonly [number[], ...(number | null)[][]]
}

export function lossSeries(rows: readonly MetricsRow[]): LossSeries {
  const terms = chartedTerms.filter((term) => rows.some((row) => row[term] !== undefined))
  const values = terms.map((term) =>
    rows.map((row) => {
      const value = row[term]
      return value !== undefined && value > 0 ? value : null
    }),
  )
  return { terms, columns: [rows.map(({ step }) => step), ...values] }
}
