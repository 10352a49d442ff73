import { headOutline, headReach } from '../../src/engine/likeness/head-mask.ts'
import { depthIn } from '../../src/engine/likeness/outline.ts'
import { openPhotographFilm } from '../../src/engine/likeness/photograph-film.ts'
import type { Portrait } from '../../src/engine/likeness/portrait.ts'
import { warpedPhotograph } from '../../src/engine/likeness/warped-photograph.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { mean } from './figures.ts'

/** Frames in which nothing but a tremble happens. */
const restingFrames = 12

/** How far each landmark trembles, in fractions of the square: what is left of a tracker's after smoothing. */
const tremble = 0.0007

/** What was seen of a film of a photograph, whose picture is a square. */
export interface PhotographFilmFigures {
  /** Distances of the frames' faces from the look's by the recognition network. */
  readonly identities: readonly number[]
  /** Pixels beyond the head that differ from the look's in any frame. */
  readonly changedBeyond: number
  /** Mean absolute second differences over time at the border of the head, of 255: without and with a tremble. */
  readonly still: number
  readonly trembling: number
  /** Medians, of a frame and of a still's warp to the same landmarks. */
  readonly seconds: number
  readonly secondsOfStill: number
}

/** @param identityOf the distance of a picture's face from the look's */
export async function photographFilmFigures(
  look: Portrait,
  targets: readonly Float32Array[],
  identityOf: (image: Image) => Promise<number>,
): Promise<PhotographFilmFigures> {
  const { beyond, border } = parts(look)
  const film = openPhotographFilm(look)
  const identities: number[] = []
  const [times, timesOfStill]: [number[], number[]] = [[], []]
  let changedBeyond = 0
  for (const target of targets) {
    const begin = performance.now()
    const { image } = film.frame(target)
    const between = performance.now()
    warpedPhotograph(look, target)
    times.push((between - begin) / 1000)
    timesOfStill.push((performance.now() - between) / 1000)
    changedBeyond += beyond.filter((at) => image.data[at] !== look.image.data[at]).length
    identities.push(await identityOf(image))
  }
  const random = new MersenneTwister(1)
  const resting = targets[0]!
  const frames = (deviation: number) =>
    Array.from({ length: restingFrames }, () => {
      const draws = random.normals(resting.length)
      return film.frame(resting.map((value, i) => value + deviation * draws[i]!)).image
    })
  return {
    identities,
    changedBeyond,
    still: flicker(frames(0), border),
    trembling: flicker(frames(tremble), border),
    seconds: median(times),
    secondsOfStill: median(timesOfStill),
  }
}

/** Values of the picture beyond the head, and of those at its border, where movements fade out. */
function parts({ image, points }: Portrait) {
  const outline = headOutline(points)
  const [beyond, border]: [number[], number[]] = [[], []]
  for (let at = 0; at < image.data.length; at++) {
    const pixel = Math.floor(at / 3)
    const [x, y] = [(pixel % image.width) + 0.5, Math.floor(pixel / image.width) + 0.5]
    const depth = depthIn(outline, x / image.width, y / image.width)
    // A cell of the grid that begins within the reach may end beyond it.
    if (depth < -headReach - 0.02) beyond.push(at)
    else if (depth < 0) border.push(at)
  }
  return { beyond, border }
}

function flicker(frames: readonly Image[], values: readonly number[]): number {
  return mean(
    frames.slice(2).map((after, i) => {
      const [before, at] = [frames[i]!, frames[i + 1]!]
      return mean(values.map((k) => Math.abs(after.data[k]! - 2 * at.data[k]! + before.data[k]!)))
    }),
  )
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}
