import { landmarkCount } from '../face/landmark-groups.ts'
import { dampedLeastSquares, displaced, responsesAbout } from '../projection/responses.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'
import type { FilmSight, Sighting } from './film-sight.ts'

/**
 * What is known of a film's look once its first latent was found: how landmarks and coarse colours of what the generator draws
 * change along the directions in which W spreads most. With it the latent of any frame is one solve away.
 */
export interface FilmDirections {
  /** Directions of w, [count, w_dim]; see `principalDirections`. */
  readonly directions: FloatTensor
  /** What is seen at the first latent: landmarks, 68 x (x, y) as fractions of the side, and then colours, 0..1. */
  readonly seen: FloatTensor
  /** By how much it changes with one of each, [count, as many as are seen]. */
  readonly response: FloatTensor
}

/** How far along a direction its response is looked at: within a quarter of the deviation landmarks move in proportion. */
const reach = 0.25

/**
 * Looks how what is drawn of a look's first latent responds to each direction: two pictures each, and one more.
 *
 * @param first the latent, [1, 1, w_dim] or [1, latentCount, w_dim]
 */
export async function findFilmDirections(
  { look }: Pick<FilmSight, 'look'>,
  first: FloatTensor,
  directions: FloatTensor,
  onDirection?: () => void,
): Promise<FilmDirections> {
  const see = async (latent: FloatTensor) => row(await look(latent))
  const seen = await see(first)
  const response = await responsesAbout(see, first, directions, reach, onDirection)
  return { directions, seen: floatTensor([seen.length], seen), response }
}

function row({ points, colours }: Sighting): Float32Array {
  const values = new Float32Array(points.length + colours.length)
  values.set(points)
  values.set(colours, points.length)
  return values
}

/**
 * How little colours count beside landmarks. Where they count less, the least squares find ways that turn hair and skin, and films
 * leave their look; where they count more, landmarks stay behind: see "Search" in docs/films.md.
 */
const colourWeight = 0.25 ** 2

/** Against moving far for little: in squared fractions of the square, for a deviation of W. */
const damping = 1e-3

/** Gives the latent of any frame, before it is refined. */
export interface LinearStarts {
  /** @param target 68 x (x, y), fractions of the square */
  at(target: ArrayLike<number>): FloatTensor
}

/**
 * From a look's first latent and a frame's target alone: no frame depends on another, so nothing drifts, and any can be had at
 * once.
 */
export function linearStarts(
  first: FloatTensor,
  { directions, seen, response }: FilmDirections,
): LinearStarts {
  const coordinates = 2 * landmarkCount
  const weights = Array.from(seen.data, (_, i) => (i < coordinates ? 1 : colourWeight))
  const leastSquares = dampedLeastSquares(response, weights, damping)
  return {
    at(target) {
      const change = seen.data.map((value, i) => (i < coordinates ? target[i]! - value : 0))
      return displaced(first, directions, leastSquares.step(change))
    },
  }
}
