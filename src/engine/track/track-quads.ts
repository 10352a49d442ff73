import { ffhqQuad, type Quad } from '../face/quad.ts'
import { steadyQuads } from '../motion/steady-quads.ts'
import type { Track } from './track.ts'

/** The aligned square of each frame, steadied, in pixels of the frame. */
export function trackQuads({ frames, segments, timescale }: Track): readonly Quad[] {
  const quads = frames.map(({ points }) => ffhqQuad(points))
  const lengths = frames.slice(1).map(({ time }, i) => time - frames[i]!.time)
  const usual = lengths.sort((a, b) => a - b)[lengths.length >> 1]
  return usual === undefined ? quads : steadyQuads(quads, segments, timescale / usual)
}
