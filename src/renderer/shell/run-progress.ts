import type { Run } from '../../shared/run.ts'

/** How far a run is, 0..1; null where it has no end: a live run that is held, or one that has not begun. */
export function progressOf({ state, step, steps }: Pick<Run, 'state' | 'step' | 'steps'>): number | null {
  if (state === 'queued' || state === 'starting' || steps === null || steps === 0) return null
  return Math.min(1, step / steps)
}

/** How far all of these are together; null where none can be told. */
export function progressOfAll(runs: readonly Run[]): number | null {
  const known = runs.map(progressOf).filter((progress) => progress !== null)
  return known.length === 0 ? null : known.reduce((sum, progress) => sum + progress, 0) / known.length
}
