import { openPhotographFilm, type PhotographFilm } from '../../engine/likeness/photograph-film.ts'
import { type Portrait, wholeQuad } from '../../engine/likeness/portrait.ts'
import type { Image } from '../../engine/runtime.ts'
import { boundedCache } from '../../shared/bounded-cache.ts'
import type { FilmFrameParameters, FilmGiver } from '../engine/film-frame-messages.ts'
import { sharpCodec } from '../runtime/sharp-codec.ts'
import { lookPortrait } from './look-portrait.ts'

/** Looks that were prepared for films: one is played, and perhaps another beside it. */
const opened = boundedCache<{ readonly film: PhotographFilm; readonly bytes: number }>(
  96 * 2 ** 20,
  ({ bytes }) => bytes,
)

/** The film of a look in that form and size, prepared now or before. */
export async function photographFilm(
  { look, mode, form, size }: Pick<FilmFrameParameters, 'look' | 'mode' | 'form' | 'size'>,
  image: Image,
): Promise<PhotographFilm> {
  const key = [look.picture.sha256, look.quad.flat().join(), look.points.join(), mode, form, size].join('/')
  const known = opened.get(key)
  if (known !== undefined) return known.film
  const portrait = await lookPortrait(look, image, form, size)
  const film = openPhotographFilm(portrait, mode)
  opened.set(key, { film, bytes: portrait.image.data.length })
  return film
}

/** Throws MienError 'bad-image'. */
export async function giverPortrait({ bytes, points }: FilmGiver): Promise<Portrait> {
  const image = await sharpCodec.decode(bytes, 'a frame of the driver')
  return { image, quad: wholeQuad(image.width), points: Float32Array.from(points) }
}
