import { type Quad, quadFrom } from '../face/quad.ts'
import { type Segment, smoothedRows } from './smoothing.ts'

/** A square follows the head, which takes its time, and not the mouth, which opens several times a second. */
const seconds = 1

/**
 * The aligned squares of a film, so steady that a crop does not breathe with the mouth. The corners of a square are linear
 * in its middle and one of its sides, so that they make squares again.
 *
 * @param quads one a frame
 * @param segments see `smoothedRows`
 * @param rate frames a second
 */
export function steadyQuads(
  quads: readonly Quad[],
  segments: readonly Segment[],
  rate: number,
): readonly Quad[] {
  const window = 2 * Math.floor((seconds * rate) / 2) + 1
  return smoothedRows(
    quads.map((quad) => quad.flat()),
    segments,
    window,
  ).map(quadFrom)
}
