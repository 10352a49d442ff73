import type { Image } from '../runtime.ts'

/** A frame in so many cells across and down, and each of them from so many samples. */
const cells = 16
const samples = 8

/** Differences of which the median is usual: about half a second's. */
const remembered = 12

/** Where another scene begins two frames differ by several times as much as the frames before them. */
const suddenly = 4

/** The least difference of two scenes, of 255; what is below is noise, and what is beyond the other is one by itself. */
const leastChange = 3
const sureChange = 16

/** How much a frame differs from the one before: not more than usual; more at once, as by a cut or a flash; so much that it is one. */
export type FrameChange = 'usual' | 'sudden' | 'cut'

/** Compares each frame that it is given with the one before; the first one changes nothing. */
export function frameComparison(): (image: Image) => FrameChange {
  let last: Float32Array | undefined
  let differences: readonly number[] = []
  return (image) => {
    const sketch = sketchOf(image)
    const before = last
    last = sketch
    if (before === undefined) return 'usual'
    const difference = meanDifference(sketch, before)
    const usual = [...differences].sort((a, b) => a - b)[differences.length >> 1]
    differences = [...differences, difference].slice(-remembered)
    const least = usual === undefined ? sureChange : Math.max(leastChange, suddenly * usual)
    if (difference < least) return 'usual'
    return difference < sureChange ? 'sudden' : 'cut'
  }
}

/** The mean colours of the cells, which a shaken camera hardly changes. */
function sketchOf({ width, height, data }: Image): Float32Array {
  const sketch = new Float32Array(cells * cells * 3)
  const side = cells * samples
  for (let v = 0; v < side; v++) {
    const row = Math.floor(((v + 0.5) * height) / side) * width
    for (let u = 0; u < side; u++) {
      const from = (row + Math.floor(((u + 0.5) * width) / side)) * 3
      const to = (Math.floor(v / samples) * cells + Math.floor(u / samples)) * 3
      for (let channel = 0; channel < 3; channel++) {
        sketch[to + channel]! += data[from + channel]! / samples ** 2
      }
    }
  }
  return sketch
}

function meanDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length
}
