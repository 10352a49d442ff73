import { ffhqQuad, type Quad } from '../face/quad.ts'
import { frameRate } from '../motion/frame-rate.ts'
import { steadyQuads } from '../motion/steady-quads.ts'
import type { Track } from './track.ts'

/** The aligned square of each frame, steadied, in pixels of the frame. */
export function trackQuads({ frames, segments, timescale }: Track): readonly Quad[] {
  const quads = frames.map(({ points }) => ffhqQuad(points))
  const rate = frameRate({ timescale, times: frames.map(({ time }) => time) })
  return rate === undefined ? quads : steadyQuads(quads, segments, rate)
}
