import { setImmediate } from 'node:timers/promises'
import { MienError } from '../../../engine/errors.ts'
import { alignedImage } from '../../../engine/face/alignment.ts'
import { pointsInQuad, sideOf } from '../../../engine/face/quad.ts'
import type { PhotographFrame } from '../../../engine/likeness/photograph-film.ts'
import { blankImage } from '../../../engine/picture/drawing.ts'
import { resizeLanczos } from '../../../engine/picture/lanczos.ts'
import type { Image } from '../../../engine/runtime.ts'
import type { JobEvents } from '../../engine/protocol.ts'
import type { FilmMoment, WriteFilmOutcome, WriteFilmParameters } from '../../engine/write-film-messages.ts'
import { sharpCodec } from '../../runtime/sharp-codec.ts'
import { openFilmWriter } from '../../video/film-writer.ts'
import { besides, panelOf, panelSide, rowSize } from '../../video/panels.ts'
import { openFilmJudge } from '../film-judge.ts'
import { type OpenPainter, openDrawnPainter, openPhotographPainter } from '../film-painters.ts'
import { heldPicture, squareOf } from '../held-pictures.ts'
import type { JobControl } from '../job-control.ts'

/** Of the square in which a look is known. */
const describedSide = 256

/**
 * Draws the frames of a film as they come and writes them. Stopped, it is a film of the frames so far. Throws MienError 'bad-image', 'unwritable',
 * 'stopped' where it was stopped before the first frame, and what generators are refused for.
 */
export async function writeFilm(
  parameters: WriteFilmParameters,
  events: Pick<Required<JobEvents>, 'stage' | 'portion' | 'notice'>,
  control: Pick<JobControl, 'frames' | 'shouldStop'>,
): Promise<WriteFilmOutcome> {
  const { path, format, painter: by, look, beside, timescale, count, sound, xmp } = parameters
  events.stage('pictures')
  const image = await heldPicture(look.picture)
  if (image === undefined) throw new Error("a film's look came without its bytes")
  const lookSquare = (side: number) => squareOf(look.picture.sha256, image, look.quad, side)
  events.stage('models')
  const painter =
    by.kind === 'photograph' ? await openPhotographPainter(by, look, image) : await openDrawnPainter(by)
  const inSquare = pointsInQuad(look.points, look.quad)
  const judge = parameters.judge
    ? await openFilmJudge({ image: await lookSquare(describedSide), points: inSquare })
    : undefined
  const panels = beside.length > 0 ? await sidePanels(beside, by.size, lookSquare) : undefined
  const size = panels?.size ?? painter.size
  const film = await openFilmWriter(path, {
    ...{ width: size.width, height: size.height, format, timescale },
    ...(sound && { sound }),
    ...(xmp !== undefined && { xmp }),
  })
  const warnings = new Set<PhotographFrame['warnings'][number]>()
  let first: { readonly image: Image; readonly points: Float32Array } | undefined
  let written = 0
  try {
    for (const notice of film.notices) events.notice(notice)
    for await (const moment of control.frames<FilmMoment>()) {
      const frame = await painter.paint(moment)
      await judge?.see(frame.image, painter.quad, frame.points)
      await film.add(panels ? await panels.row(frame, moment) : frame.image, moment.time, moment.duration)
      for (const warning of frame.warnings) warnings.add(warning)
      first ??= { image: squareIn(frame.image, painter), points: frame.points }
      written++
      events.portion(Math.min(1, written / count))
      // That it is to stop is heard between two turns of the loop only.
      await setImmediate()
      if (control.shouldStop()) break
    }
    if (first === undefined) throw new MienError('stopped', 'The film was stopped before its first frame.')
    await film.finish()
  } catch (error) {
    await film.abandon()
    throw error
  } finally {
    await painter.dispose()
    await judge?.dispose()
  }
  return {
    ...{ stopped: control.shouldStop(), count: written, warnings: [...warnings], ...first },
    ...(judge && { figures: judge.figures() }),
  }
}

/** The aligned square of a frame, as it is drawn but no larger than panels are. */
function squareIn(frame: Image, { quad, size }: Pick<OpenPainter, 'quad' | 'size'>): Image {
  const side = Math.min(2 * panelSide, Math.round(sideOf(quad)))
  return side === size.width && side === size.height ? frame : alignedImage(frame, quad, side, 1)
}

/** What stands beside the result, and that, in a row. */
async function sidePanels(
  beside: WriteFilmParameters['beside'],
  wanted: number | undefined,
  lookSquare: (side: number) => Promise<Image>,
) {
  const size = rowSize(beside.length + 1, wanted)
  const side = size.height
  const nothing = blankImage(side, side, [0, 0, 0])
  const still = resizeLanczos(await lookSquare(side), side, side)
  async function driver({ giver }: FilmMoment): Promise<Image> {
    if (giver === undefined) return nothing
    const image = await sharpCodec.decode(giver.bytes, 'a frame of the driver')
    const points = Float32Array.from(giver.points, (fraction) => fraction * image.width)
    return panelOf({ image, points }, side)
  }
  return {
    size,
    async row({ image }: PhotographFrame, moment: FilmMoment): Promise<Image> {
      const left = beside.map((which) => (which === 'look' ? still : driver(moment)))
      return besides([...(await Promise.all(left)), resizeLanczos(image, side, side)])
    },
  }
}
