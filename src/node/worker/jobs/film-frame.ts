import type { FilmFrameOutcome, FilmFrameParameters } from '../../engine/film-frame-messages.ts'
import { encodePicture } from '../../runtime/sharp-codec.ts'
import { heldPicture } from '../held-pictures.ts'
import { giverPortrait, photographFilm } from '../photograph-films.ts'

/** One frame of a film of a photograph; see `openPhotographFilm`. Throws MienError 'bad-image'. */
export async function filmFrame(parameters: FilmFrameParameters): Promise<FilmFrameOutcome> {
  const { look, target, giver, form, size, encoding } = parameters
  const picture = await heldPicture(look.picture)
  if (picture === undefined) return { missing: [look.picture.sha256] }
  const film = await photographFilm(parameters, picture)
  const driver = giver && (await giverPortrait(giver))
  const { image, points, warnings } = film.frame(Float32Array.from(target), driver)
  return {
    file: await encodePicture(image, encoding, form === 'whole' ? size : undefined),
    points: [...points],
    warnings,
  }
}
