/** A run of the 68 landmarks, `end` exclusive. */
export interface LandmarkGroup {
  readonly name: string
  readonly start: number
  readonly end: number
  /** The reference's weight. */
  readonly weight: number
}

/** Landmarks of the iBUG 300-W scheme (Sagonas et al. 2013). */
export const landmarkCount = 68

/** Point 30 lies in two groups; the later one decides its weight. Left and right as seen in the picture. */
export const landmarkGroups: readonly LandmarkGroup[] = [
  { name: 'jaw', start: 0, end: 17, weight: 0.05 },
  { name: 'left eyebrow', start: 17, end: 22, weight: 1 },
  { name: 'right eyebrow', start: 22, end: 27, weight: 1 },
  { name: 'nose bridge', start: 27, end: 31, weight: 0.1 },
  { name: 'lower nose', start: 30, end: 36, weight: 1 },
  { name: 'left eye', start: 36, end: 42, weight: 1 },
  { name: 'right eye', start: 42, end: 48, weight: 1 },
  { name: 'outer lip', start: 48, end: 60, weight: 5 },
  { name: 'inner lip', start: 60, end: 68, weight: 5 },
]

export const referenceGroupWeights: readonly number[] = landmarkGroups.map((group) => group.weight)

/** The group, 0..8, that decides about a landmark, 0..67. */
export function landmarkGroupOf(landmark: number): number {
  return landmarkGroups.findLastIndex(({ start, end }) => start <= landmark && landmark < end)
}

/** Corners of the mouth, each a landmark of the outer and one of the inner lip. */
const corners: readonly (readonly number[])[] = [
  [48, 60],
  [54, 64],
]

/** The landmarks that are the same place of a face as that one, which comes first: two at a corner of the mouth, else itself alone. */
export function landmarksAt(landmark: number): readonly number[] {
  const corner = corners.find((one) => one.includes(landmark)) ?? []
  return [landmark, ...corner.filter((one) => one !== landmark)]
}

/** The weight of each of the 68 landmarks from a weight for each group. */
export function landmarkWeights(groupWeights: readonly number[]): Float32Array {
  const weights = new Float32Array(landmarkCount)
  landmarkGroups.forEach(({ start, end }, i) => {
    weights.fill(groupWeights[i] ?? 0, start, end)
  })
  return weights
}
