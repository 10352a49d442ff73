import type { Clip } from '../../shared/clip.ts'
import type { AnimatedPicture } from '../runtime/animated-picture.ts'

/** Delays up to this, in milliseconds, mean "as fast as you can" in old files; browsers show such frames for a tenth of a second. */
const shortestDelay = 10
const usualDelay = 100

/** A GIF or animated WebP as a clip, with its frames' own times in milliseconds. */
export function animationClip(name: string, animation: AnimatedPicture): Clip {
  const { width, height, format, delays } = animation
  let duration = 0
  const times = delays.map((delay) => {
    const time = duration
    duration += delay <= shortestDelay ? usualDelay : delay
    return time
  })
  return {
    name,
    facts: { codec: format, width, height, rotation: 0, timescale: 1000, times, duration, missing: 0 },
    async *frames(from = 0, to = times.length) {
      let index = from
      for await (const image of animation.frames(from, to)) {
        yield { index, time: times[index]!, image }
        index++
      }
    },
  }
}
