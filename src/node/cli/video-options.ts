import { extname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { MienError } from '../../engine/errors.ts'
import { filmFormats, filmSides } from '../../shared/film.ts'
import { isFolder } from '../host/files.ts'
import type { FilmVideo } from '../runs/kinds/film/kept-film.ts'
import { runFiles } from '../runs/record/run-files.ts'
import { frameRate, wholeNumber } from './arguments.ts'

/** What of a film is written, and how. */
export interface VideoOptions {
  readonly rate?: number
  readonly saveVideo?: string
  readonly saveSize?: number
  readonly sideBySide?: boolean
  /** False with `--no-audio`. */
  readonly audio: boolean
}

/** The same by their names. */
export const videoFlags = ['rate', 'saveVideo', 'saveSize', 'sideBySide', 'audio'] as const

const [leastSide, mostSide] = [filmSides[0], filmSides.at(-1)!]

export function addVideoOptions(command: Command): Command {
  return command
    .option('--rate <fps>', "frames a second, 1 to 120 (default: at the clip's own times)", frameRate)
    .option(
      '--save-video <file>',
      'write the film there, by its ending an mp4, webm, gif or webp; without one, a folder of PNGs (default: film.mp4 in the folder)',
    )
    .option(
      '--save-size <pixels>',
      `its longer side, ${leastSide} to ${mostSide}; photographs are not enlarged (default: 1920 for photographs, else as it is drawn); ` +
        'with --side-by-side the side of each square, at most 512',
      wholeNumber(leastSide, mostSide),
    )
    .option('--side-by-side', 'show the look, the driver with its landmarks, and the result in a row')
    .option('--no-audio', "leave out the clip's sound, which an mp4 or webm has otherwise")
}

/** @param folder of the film, which lies in it unless the user says otherwise */
export async function videoOf(
  { saveVideo, sideBySide = false, audio, ...options }: VideoOptions,
  driver: string,
  folder: string,
): Promise<FilmVideo> {
  const isClip = !(await isFolder(driver)) && extname(driver).toLowerCase() !== '.npz'
  return {
    ...fileOf(saveVideo ?? join(folder, runFiles.film)),
    ...{ sound: audio && isClip, beside: sideBySide },
    ...measuresOf(options),
  }
}

/** What the flags change of a film that was made. */
export function videoChangeOf({
  saveVideo,
  sideBySide,
  audio,
  ...options
}: VideoOptions): Partial<FilmVideo> {
  return {
    ...(saveVideo !== undefined && fileOf(saveVideo)),
    ...measuresOf(options),
    ...(sideBySide && { beside: true }),
    ...(!audio && { sound: false }),
  }
}

function measuresOf({ rate, saveSize }: Pick<VideoOptions, 'rate' | 'saveSize'>) {
  return { ...(rate !== undefined && { rate }), ...(saveSize !== undefined && { size: saveSize }) }
}

/** Throws MienError 'wrong-use' for an ending of no format. */
function fileOf(path: string): Pick<FilmVideo, 'path' | 'format'> {
  const ending = extname(path).slice(1).toLowerCase()
  const format = ending === '' ? 'png' : filmFormats.find((name) => name === ending && name !== 'png')
  if (format !== undefined) return { path: resolve(path), format }
  throw new MienError('wrong-use', `A film cannot be written as .${ending}.`, {
    file: path,
    hint: 'Let the name end in .mp4, .webm, .gif or .webp, or in nothing for a folder of PNGs.',
  })
}
