/** Snapshots that a live run keeps to go back to. */
const mostKeyframes = 10

const prefix = 'keyframe-'

export function keyframeName(step: number): string {
  return `${prefix}${step}`
}

/** The step of a keyframe's file; undefined for other files. */
export function keyframeStep(name: string): number | undefined {
  return new RegExp(`^${prefix}\\d+$`).test(name) ? Number(name.slice(prefix.length)) : undefined
}

/** Which of the ascending steps to drop, so that not too many are left and those are spread evenly; never an end. */
export function overMany(steps: readonly number[], most = mostKeyframes): readonly number[] {
  const kept = [...steps]
  const dropped: number[] = []
  while (kept.length > most) {
    const gaps = kept.slice(1, -1).map((_, i) => kept[i + 2]! - kept[i]!)
    dropped.push(...kept.splice(1 + gaps.indexOf(Math.min(...gaps)), 1))
  }
  return dropped
}
