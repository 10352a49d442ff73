/** What is known of a frame once it was looked at. */
export interface Observation {
  /** When it begins, in ticks. */
  readonly time: number
  /** 68 x (x, y) in its pixels; undefined where the face was not found. */
  readonly points: Float32Array | undefined
  /** Whether another scene begins with it. */
  readonly cut: boolean
}
