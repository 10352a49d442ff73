import { landmarkGroups } from '../../../../engine/face/landmark-groups.ts'

/** Groups whose last point joins the first: eyes and lips. */
const closedFrom = 5

/**
 * The lines of each of the nine groups as paths of SVG.
 *
 * @param points 68 x (x, y), any unit
 */
export function landmarkLines(points: ArrayLike<number>): readonly string[] {
  return landmarkGroups.map(({ start, end }, group) => {
    const places = Array.from({ length: end - start }, (_, i) => {
      return `${rounded(points[2 * (start + i)]!)} ${rounded(points[2 * (start + i) + 1]!)}`
    })
    return `M${places.join('L')}${group >= closedFrom ? 'Z' : ''}`
  })
}

function rounded(value: number): number {
  return Math.round(value * 1e5) / 1e5
}
