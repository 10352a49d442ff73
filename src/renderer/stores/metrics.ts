import type { EventData } from '../../shared/events.ts'

/** The metrics of a run as far as they are known, and the changes that were made on the way. */
export type Metrics = Pick<EventData<'run.metrics'>, 'rows' | 'changes'>

/** Rows that are kept: more than a chart has pixels. */
export const mostRows = 4000

/**
 * What is known with what came, by steps. Rows that are known already are left out, so that a list that was asked for and
 * rows that were told meanwhile give the same in any order; beyond `mostRows` every second of the older half is dropped.
 */
export function joined(known: Metrics, more: Metrics): Metrics {
  const steps = new Set(known.rows.map(({ step }) => step))
  const added = more.rows.filter(({ step }) => !steps.has(step))
  const rows = [...known.rows, ...added].sort((a, b) => a.step - b.step)
  const marks = new Set(known.changes.map(({ step, kind }) => `${step} ${kind}`))
  const changes = [
    ...known.changes,
    ...more.changes.filter(({ step, kind }) => !marks.has(`${step} ${kind}`)),
  ].sort((a, b) => a.step - b.step)
  return { rows: thinned(rows), changes }
}

function thinned(rows: Metrics['rows']): Metrics['rows'] {
  if (rows.length <= mostRows) return rows
  const half = rows.length >> 1
  return rows.filter((_, i) => i >= half || i % 2 === 0)
}
