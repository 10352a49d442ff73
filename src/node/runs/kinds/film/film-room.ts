import { naturalSide } from '../../../../engine/likeness/portrait.ts'
import type { PictureSize } from '../../../../engine/runtime.ts'
import type { FilmFormat } from '../../../../shared/film.ts'
import type { RememberedFace } from '../../../engine/likeness-messages.ts'
import type { FilmPainter, WriteFilmParameters } from '../../../engine/write-film-messages.ts'
import { sharpCodec } from '../../../runtime/sharp-codec.ts'
import { requireRoom } from '../../../video/film-writer.ts'
import { fittedSize, rowSize } from '../../../video/panels.ts'
import type { FilmPlan, FrameSpan } from './film-plan.ts'

type PhotographPainter = Pick<Extract<FilmPainter, { kind: 'photograph' }>, 'kind' | 'form' | 'size'>
type DrawnPainter = Pick<Extract<FilmPainter, { kind: 'drawn' }>, 'kind' | 'size'>

/** How a film is written, as far as its size depends on that. */
export interface FilmShape extends Pick<WriteFilmParameters, 'beside'> {
  readonly format: FilmFormat
  readonly painter: PhotographPainter | DrawnPainter
}

/**
 * Throws MienError 'wrong-use' for a film that its format has no room for, before anything is followed, searched or drawn for it. Of one that
 * is drawn in the generator's own size only the writer can tell.
 *
 * @param look with the bytes of its picture
 */
export async function requireFilmRoom(
  { format, ...shape }: FilmShape,
  look: RememberedFace,
  { timescale, frames }: Pick<FilmPlan<FrameSpan>, 'timescale' | 'frames'>,
): Promise<void> {
  const size = await frameSize(shape, look)
  if (size !== undefined) requireRoom({ format, timescale, ...size }, frames)
}

/** As the painters of the engine have it. */
async function frameSize(
  { painter, beside }: Omit<FilmShape, 'format'>,
  { picture: { bytes, name }, quad }: RememberedFace,
): Promise<PictureSize | undefined> {
  if (beside.length > 0) return rowSize(beside.length + 1)
  if (painter.kind === 'photograph' && painter.form === 'whole') {
    return fittedSize(await sharpCodec.measure(bytes!, name), painter.size)
  }
  const natural = painter.kind === 'photograph' ? naturalSide(quad) : undefined
  const side = natural === undefined ? painter.size : Math.min(painter.size ?? natural, natural)
  return side === undefined ? undefined : { width: side, height: side }
}
