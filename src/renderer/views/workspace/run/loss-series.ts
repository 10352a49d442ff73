import { type TermName, termNames } from '../../../../engine/projection/terms.ts'
import type { MetricsRow } from '../../../../shared/run.ts'

/** The terms of the chart in the order of its series; `loss` is their weighted sum. */
export type ChartedTerm = 'loss' | TermName
export const chartedTerms: readonly ChartedTerm[] = [
  'loss',
  // The regularisation of noise comes last: it falls by many powers of ten, and is hidden at first.
  ...termNames.filter((name) => name !== 'noiseReg'),
  'noiseReg',
]

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

/**
 * The path of a small curve of the loss, from its largest value at the top to its least at the bottom, on a logarithmic
 * scale: the mean of the steps that share a pixel.
 */
export function sparkline(rows: readonly MetricsRow[], width: number, height: number): string {
  const logs = rows.filter(({ loss }) => loss > 0).map(({ loss }) => Math.log(loss))
  const points = Math.min(width, logs.length)
  const means = Array.from({ length: points }, (_, i) => {
    const share = logs.slice(
      Math.floor((i * logs.length) / points),
      Math.floor(((i + 1) * logs.length) / points),
    )
    return share.reduce((sum, value) => sum + value, 0) / share.length
  })
  const [least, most] = [Math.min(...means), Math.max(...means)]
  return means
    .map((mean, i) => {
      const x = (width * i) / Math.max(1, points - 1)
      const y = most > least ? (height * (most - mean)) / (most - least) : height / 2
      return `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`
    })
    .join('')
}
