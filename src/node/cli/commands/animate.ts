import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { furtherFrameSteps, usualFrameSteps } from '../../../engine/animation/frame-steps.ts'
import { referenceFilmSettings } from '../../../engine/animation/reference-film.ts'
import { MienError } from '../../../engine/errors.ts'
import { referenceSettings, usualSteps } from '../../../engine/projection/settings.ts'
import {
  type FilmSettingsRecord,
  filmModes,
  headWays,
  usualFilmSettings,
} from '../../../shared/film-settings.ts'
import type { EngineClient } from '../../engine/client.ts'
import { forkWorker } from '../../engine/fork.ts'
import type { RememberedFace } from '../../engine/likeness-messages.ts'
import { lookDescription } from '../../engine/look-description.ts'
import { sha256 } from '../../host/sha256.ts'
import { withDiscriminator } from '../../models/store.ts'
import { resolveSearchModels } from '../../models/tuned.ts'
import { type FilmChange, requireNoRun, startFilmRun } from '../../runs/film-run.ts'
import { requireDriver } from '../../runs/kinds/film/film-driver.ts'
import { requireFilmWriter } from '../../video/film-writer.ts'
import {
  followedGroups,
  oddNumber,
  openingStrengths,
  seconds,
  secondsPassage,
  strength,
  wholeNumber,
} from '../arguments.ts'
import { type CommandContext, withStoppableEngine } from '../context.ts'
import { tellChoice } from '../face-lines.ts'
import { addResumeOption, followRun, requireAlone, resumeFilm } from '../follow-run.ts'
import {
  addClassOption,
  addExecutionOptions,
  addModelOptions,
  type ClassOptions,
  type ExecutionOptions,
  executionOf,
  faceNumber,
  type ModelOptions,
  modelChoices,
  readTarget,
  searchOf,
  weightingOf,
} from '../options.ts'
import { progressDisplay } from '../progress.ts'
import { tellFilm } from '../run-reports.ts'
import { drawsPortraits } from '../tunable.ts'
import { addVideoOptions, type VideoOptions, videoChangeOf, videoFlags, videoOf } from '../video-options.ts'

/** What may also be changed of a film that was made. */
interface FilmOptions extends VideoOptions {
  readonly motion?: FilmSettingsRecord['mode']
  readonly pose?: number
  readonly expression?: number
  readonly head?: FilmSettingsRecord['head']
  readonly openings?: number[]
  readonly follow?: boolean[]
  readonly smooth?: number
  readonly loop?: boolean
  readonly steps?: number
  /** Of a film that was made. */
  readonly again?: readonly [from: number, to: number]
  readonly json?: boolean
}

type Options = ModelOptions &
  ClassOptions &
  ExecutionOptions &
  FilmOptions & {
    readonly look: string
    readonly lookFace?: number
    readonly lookPoints?: string
    readonly driver: string
    readonly out: string
    readonly face: number
    readonly from?: number
    readonly to?: number
    readonly likeness?: 'off' | 'warp'
    /** The reference's film search, whatever the model asks for. */
    readonly reference?: boolean
  }

type ResumeOptions = FilmOptions & { readonly resume: string }

/** Of the look's square as it is kept to be looked at, in pixels. */
const squareSide = 512

const mostSmoothed = 31

/** The driver's landmarks, as they are. */
const referenceFilm = { ...usualFilmSettings, mode: 'absolute', smoothing: 1 } as const

/** Of a frame; more than a search from nothing takes make no sense. */
const mostSteps = 10_000

/** `mien animate`: a film. */
export function animateCommand(context: CommandContext): Command {
  const command = new Command('animate')
    .summary('make a film: a look that moves like the face in a clip')
    .description(
      "Follows the face in a clip and makes a film of the look with that face's movements. Ctrl-C stops early and keeps what " +
        'has been made.',
    )
    .requiredOption('--look <picture>', 'picture of the face that is to move')
    .requiredOption(
      '--driver <clip>',
      'what it moves like: a video, a GIF or animated WebP, a folder of pictures, a motion.npz, or the driver folder of another film',
    )
    .requiredOption('--out <folder>', 'folder for the results')
  addResumeOption(command)
    .option(
      '--look-face <n>',
      'face of the look picture: 1 is the largest, as "mien detect" lists them',
      faceNumber,
    )
    .option('--look-points <file>', 'landmarks of the look picture by hand: JSON of 68 [x, y], in pixels')
    .option('--face <n>', 'face of the clip that is followed: 1 is the largest', faceNumber, 1)
    .option('--from <seconds>', 'where in the clip the film begins', seconds)
    .option('--to <seconds>', 'where in the clip it ends', seconds)
    .addOption(
      new Option(
        '--motion <mode>',
        'own: the look keeps the shape of its face and moves from how it holds head and eyes in its picture; posed: head and eyes go ' +
          "where the driver has them; absolute: it gets the driver's landmarks themselves (default: own)",
      ).choices(filmModes),
    )
    .option(
      '--pose <x>',
      "how much of the driver's turns of the head it makes, 0 to 2 (default: 1)",
      strength,
    )
    .addOption(
      new Option(
        '--head <way>',
        "fixed: the head stays in its place; moving: it moves about in the picture as the driver's does (default: fixed)",
      ).choices(headWays),
    )
    .option(
      '--expression <x>',
      "how much of the driver's expressions it makes, 0 to 2 (default: 1)",
      strength,
    )
    .option(
      '--openings <left,right,lips>',
      'how far the left eye, the right eye (as seen in the picture) and the lips open and shut, 0 to 2 each (default: as the expression)',
      openingStrengths,
    )
    .option(
      '--follow <parts>',
      'parts that make the expressions, the others keep those of the look: jaw, brows, nose, eyes, lips, or one of two as in left-eye ' +
        '(default: all)',
      followedGroups,
    )
    .option(
      '--smooth <n>',
      `frames over which the movements are smoothed, odd, 1 to ${mostSmoothed} (default: ${usualFilmSettings.smoothing})`,
      oddNumber(1, mostSmoothed),
    )
    .option(
      '--steps <n>',
      `steps of the search for a frame that is drawn (default: ${usualFrameSteps}, with --reference ${referenceSettings.steps})`,
      wholeNumber(0, mostSteps),
    )
    .option(
      '--again <from-to>',
      'with --resume: search the frames of a drawn film between two times again, in its own seconds, by --steps (default: ' +
        `${furtherFrameSteps[0]}) from the same start; what is better is kept`,
      secondsPassage,
    )
    .option(
      '--loop',
      'blend the end into the beginning so that the film loops without a seam, which shortens it a little',
    )
  addVideoOptions(command)
    .addOption(
      new Option(
        '--likeness <kind>',
        "warp: frames are the look's photograph; off: as the generator draws them (default: warp for photographs with the embedded " +
          'pack)',
      ).choices(['off', 'warp']),
    )
    .option(
      '--reference',
      "search as the reference does, whatever the model asks for: for the driver's landmarks themselves, each frame from the one " +
        'before, and one more shown between each two',
    )
  addModelOptions(command, true)
  addClassOption(command)
  return addExecutionOptions(command)
    .option('--json', 'print the result as one JSON object')
    .addHelpText('after', help)
    .action((options: Options | ResumeOptions) =>
      'resume' in options ? resume(options, command, context) : animate(options, context),
    )
}

const help = `
Results in the folder: film.mp4, unless --save-video says otherwise; driver, what was
followed in the clip, which --driver takes for other looks, and whose motion.npz can be
shared, since nobody can be seen in it; targets.npz, target_look.png and run.json.
Of a film that is drawn also latents.npz (key w) and noise.npz.

A video is decoded, and a WebM encoded, by an installed Chromium, Chrome or Edge, or by
ffmpeg on the PATH; MP4s that are made, GIFs, WebPs and folders of pictures need neither.

Examples:
  mien animate --look me.jpg --driver clip.mp4 --from 2 --to 8.5 --out film
  mien animate --look me.jpg --driver clip.mp4 --save-video me.gif --loop --out film
  mien animate --look another.jpg --driver film/driver --out another
  mien animate --resume film --smooth 9 --expression 1.3
  mien animate --resume drawn --again 2.5-4 --steps 30`

async function animate(options: Options, context: CommandContext): Promise<void> {
  const { terminal } = context
  const { out: folder, driver, face, reference = false } = options
  if (options.again !== undefined) {
    throw new MienError('wrong-use', '--again needs a film that was made.', {
      hint: 'Name its folder with --resume.',
    })
  }
  const likeness = likenessOf(options)
  await requireNoRun(folder)
  const video = await videoOf(options, driver, folder)
  await requireFilmWriter(video.format)
  const range = rangeOf(options)
  const models = await resolveSearchModels(modelChoices(options))
  const picture = await readTarget(options.look, { face: options.lookFace, points: options.lookPoints })
  const { square, look, isDrawing } = await withStoppableEngine(async (engine) => {
    const events = progressDisplay(terminal)
    const aligning = engine.start('align', { picture, size: squareSide }, events).outcome
    // What cannot drive a film is refused while the look is aligned, which takes seconds.
    const [aligned] = await Promise.all([aligning, requireDriver({ path: resolve(driver), range })])
    const { points, quad } = aligned.alignment
    if (points === undefined) throw new Error('a face was aligned without its landmarks')
    const { name, bytes } = picture
    const found: RememberedFace = { picture: { name, bytes, sha256: sha256(bytes) }, quad, points }
    tellChoice(terminal, name, aligned.alignment, options.lookFace !== undefined, '--look-face')
    return { square: aligned.image, look: found, isDrawing: await isDrawn(engine, found) }
  })
  const isPhotograph =
    likeness === 'warp' || (likeness === undefined && !isDrawing && (await drawsPortraits(models)))
  const weighting = weightingOf({ reference }, models)
  const files = isPhotograph ? models : await withDiscriminator(models, weighting.weights)
  const { provider, threads } = executionOf(options)
  const search = {
    ...(reference
      ? {
          settings: { ...referenceFilmSettings, ...weighting },
          ...{ steps: options.steps ?? referenceSettings.steps, reference },
        }
      : {
          settings: { ...referenceSettings, ...weighting, steps: usualSteps, ...searchOf({}, files) },
          steps: options.steps ?? usualFrameSteps,
        }),
    ...(threads !== undefined && { threads }),
  }
  const order = {
    ...{ folder, look, square, files, video, provider },
    driver: { path: resolve(driver), face, range },
    settings: settingsOf(options, reference ? referenceFilm : usualFilmSettings),
    loop: options.loop === true,
    way: isPhotograph ? 'photograph' : 'drawn',
    ...(!isPhotograph && { search }),
  } as const
  const run = await followRun(context, (events) => startFilmRun(forkWorker, order, events))
  tellFilm(terminal, folder, options.json === true, run)
}

/** Throws MienError 'wrong-use' where a photograph is to be moved as the reference does it. */
function likenessOf({ likeness, reference }: Pick<Options, 'likeness' | 'reference'>): Options['likeness'] {
  if (!reference) return likeness
  if (likeness !== 'warp') return 'off'
  throw new MienError('wrong-use', '--likeness warp does not go with --reference.', {
    hint: 'The reference has no such thing; leave one of the two out.',
  })
}

/** Goes on with a film, or makes it anew with the flags that say how it is to look. */
async function resume(options: ResumeOptions, command: Command, context: CommandContext): Promise<void> {
  const changes = [
    'motion',
    'pose',
    'expression',
    'openings',
    'head',
    'follow',
    'smooth',
    'steps',
    'loop',
    ...videoFlags,
  ]
  const { resume: folder, again, loop, steps, json = false } = options
  if (again !== undefined) {
    requireAlone(command, ['resume', 'json', 'again', 'steps'])
    const change = { again: { range: again, steps: steps ?? furtherFrameSteps[0] } }
    return resumeFilm(context, folder, change, json)
  }
  requireAlone(command, ['resume', 'json', ...changes])
  const settings = settingsOf(options, {})
  const video = videoChangeOf(options)
  if (video.format !== undefined) await requireFilmWriter(video.format)
  const change: FilmChange = {
    ...(Object.keys(settings).length > 0 && { settings }),
    ...(loop && { loop }),
    ...(steps !== undefined && { steps }),
    ...(Object.keys(video).length > 0 && { video }),
  }
  await resumeFilm(context, folder, change, json)
}

/** What the flags say, in place of what was so far. */
function settingsOf<S extends object>(
  { motion, pose, expression, openings, head, follow, smooth }: FilmOptions,
  so: S,
) {
  return {
    ...so,
    ...(motion && { mode: motion }),
    ...(pose !== undefined && { pose }),
    ...(expression !== undefined && { expression }),
    ...(openings && { openings }),
    ...(head && { head }),
    ...(follow && { follows: follow }),
    ...(smooth !== undefined && { smoothing: smooth }),
  }
}

function rangeOf({ from = 0, to = null }: Pick<Options, 'from'> & { readonly to?: number | null }) {
  if (to !== null && to <= from) {
    throw new MienError('wrong-use', `The film would end at ${to} s, before it begins at ${from} s.`, {
      hint: 'Give a --to that is later than --from.',
    })
  }
  return from === 0 && to === null ? null : ([from, to] as const)
}

/** Whether the face is one that the pack drew. */
async function isDrawn(engine: EngineClient, look: RememberedFace): Promise<boolean> {
  const outcome = await engine.start('likeness', lookDescription(look)).outcome
  return 'drawn' in outcome && outcome.drawn
}
