import { squareSide } from '../../../../engine/likeness/portrait.ts'
import type { PictureSize } from '../../../../engine/runtime.ts'
import { type BoundedFormat, type FilmFit, type FilmFormat, filmSides } from '../../../../shared/film.ts'
import type { RememberedFace } from '../../../engine/likeness-messages.ts'
import type { FilmPainter, WriteFilmParameters } from '../../../engine/write-film-messages.ts'
import { sharpCodec } from '../../../runtime/sharp-codec.ts'
import { mostPixels, requireRoom } from '../../../video/film-writer.ts'
import { fittedSize, rowSize } from '../../../video/panels.ts'
import type { FilmPlan, FrameSpan } from './film-plan.ts'

type PhotographPainter = Pick<Extract<FilmPainter, { kind: 'photograph' }>, 'kind' | 'form' | 'size'>
type DrawnPainter = Pick<Extract<FilmPainter, { kind: 'drawn' }>, 'kind' | 'size'>

/** How the frames of a film are written, as far as their size depends on that. */
export interface FrameShape extends Pick<WriteFilmParameters, 'beside'> {
  readonly painter: PhotographPainter | DrawnPainter
  /** With the bytes of its picture. */
  readonly look: RememberedFace
  /** Pixels of the side of what the generator draws, asked for where the size depends on it. */
  readonly drawnSide: () => number | Promise<number>
}

type Spans = Pick<FilmPlan<FrameSpan>, 'timescale' | 'frames'>

/** Throws MienError 'wrong-use' for a film that its format has no room for, before anything is followed, searched or drawn for it. */
export async function requireFilmRoom(format: FilmFormat, shape: FrameShape, spans: Spans): Promise<void> {
  const film = { format, ...spans }
  if (mostPixels(film) === Number.POSITIVE_INFINITY) return
  const sizeAt = await frameSizes(shape)
  requireRoom(film, sizeAt(shape.painter.size))
}

/** In which size a film fits into each of the formats that not every film fits into. */
export async function filmFits(shape: FrameShape, spans: Spans): Promise<Record<BoundedFormat, FilmFit>> {
  const sizeAt = await frameSizes(shape)
  const fitIn = (format: BoundedFormat): FilmFit => {
    const pixels = mostPixels({ format, ...spans })
    const fits = (wanted: number | undefined) => {
      const { width, height } = sizeAt(wanted)
      return width * height <= pixels
    }
    return fits(shape.painter.size) ? 'asked' : (filmSides.findLast(fits) ?? 'none')
  }
  return { gif: fitIn('gif'), webp: fitIn('webp') }
}

/** The size of the frames by the one that is wanted, as the painters of the engine have it. */
async function frameSizes({
  painter,
  beside,
  look: { picture, quad },
  drawnSide,
}: FrameShape): Promise<(wanted: number | undefined) => PictureSize> {
  if (beside.length > 0) return (wanted) => rowSize(beside.length + 1, wanted)
  if (painter.kind === 'photograph' && painter.form === 'whole') {
    const photograph = await sharpCodec.measure(picture.bytes!, picture.name)
    return (wanted) => fittedSize(photograph, wanted)
  }
  const squareOf = (side: number) => ({ width: side, height: side })
  if (painter.kind === 'photograph') return (wanted) => squareOf(squareSide(quad, wanted))
  const drawn = await drawnSide()
  return (wanted = drawn) => squareOf(wanted)
}
