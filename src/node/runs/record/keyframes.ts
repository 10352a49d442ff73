/** Snapshots that a live run keeps to go back to. */
export const mostKeyframes = 10

/** Of these so many stay that are the moments before the last changes, so that a change can be gone back on. */
const mostBeforeChanges = 5

const prefix = 'keyframe-'

export function keyframeName(step: number): string {
  return `${prefix}${step}`
}

/** The step of a keyframe's file; undefined for other files. */
export function keyframeStep(name: string): number | undefined {
  return new RegExp(`^${prefix}\\d+$`).test(name) ? Number(name.slice(prefix.length)) : undefined
}

/** Those of the ascending keyframes that are the states on which the last changes act. */
export function beforeChanges(keyframes: readonly number[], changed: readonly number[]): ReadonlySet<number> {
  return new Set(keyframes.filter((step) => changed.includes(step)).slice(-mostBeforeChanges))
}

/**
 * Which of the ascending steps to drop, so that not too many are left and those are spread evenly; never an end, and what
 * is needed last.
 */
export function overMany(
  steps: readonly number[],
  most: number,
  needed: ReadonlySet<number> = new Set(),
): readonly number[] {
  const kept = [...steps]
  const dropped: number[] = []
  while (kept.length > most) {
    const gaps = kept
      .slice(1, -1)
      .map((step, i) => (needed.has(step) ? Number.POSITIVE_INFINITY : kept[i + 2]! - kept[i]!))
    dropped.push(...kept.splice(1 + gaps.indexOf(Math.min(...gaps)), 1))
  }
  return dropped
}
