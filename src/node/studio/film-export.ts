import { join } from 'node:path'
import { zipSync } from 'fflate'
import { MienError } from '../../engine/errors.ts'
import { isVideoClip } from '../../shared/clip.ts'
import type { Service } from '../../shared/contract.ts'
import type { Emit } from '../../shared/events.ts'
import type { ExportedFile } from '../../shared/exports.ts'
import { largestFile } from '../../shared/fields.ts'
import {
  type FilmExport,
  type FilmFormat,
  type FilmOrder,
  type FilmView,
  hasSound,
} from '../../shared/film.ts'
import type { Project } from '../../shared/project.ts'
import type { KnownFirstFrame } from '../engine/animate-messages.ts'
import { type SpawnWorker, startEngine } from '../engine/client.ts'
import { withEngineUntil } from '../engine/engine-until.ts'
import { startFedJob } from '../engine/fed-job.ts'
import type { RememberedFace } from '../engine/likeness-messages.ts'
import type { FilmMoment, FilmPainter, WriteFilmParameters } from '../engine/write-film-messages.ts'
import { npzBytes } from '../host/array-files.ts'
import { mebibytes } from '../host/file-faults.ts'
import { filesInFolder, readWholeFile, removeFolder, requireFile } from '../host/files.ts'
import { programVersion } from '../host/folders.ts'
import { makeTemporaryFolder } from '../host/temporary-folder.ts'
import { modelsOf } from '../models/resolve.ts'
import { keptClip, plainName } from '../projects/project-paths.ts'
import type { ProjectStore } from '../projects/project-store.ts'
import type { FilmMemory } from '../runs/kinds/film/film-memory.ts'
import { filmSpans } from '../runs/kinds/film/film-plan.ts'
import { atRate } from '../runs/kinds/film/film-rate.ts'
import { type FrameShape, filmFits, requireFilmRoom } from '../runs/kinds/film/film-room.ts'
import { besideOf } from '../runs/kinds/film/film-video.ts'
import { latentsBytes } from '../runs/kinds/film/latents-file.ts'
import { targetsBytes } from '../runs/kinds/film/targets-file.ts'
import { alteredPhotograph, drawnFilm, filmMadeWith } from '../runs/kinds/projection/picture-metadata.ts'
import { runFiles } from '../runs/record/run-files.ts'
import type { FilmPlan, FilmPlanner } from './film-plans.ts'
import { filmSchedule, rangeIn } from './film-schedule.ts'
import { type SeamNeeds, withSeam } from './film-seam.ts'
import { type FilmSearches, noFace } from './film-searches.ts'
import { pictureIn } from './picture-commands.ts'
import { driverIn } from './project-drivers.ts'
import { wrongUse } from './wrong-use.ts'

export interface FilmExportNeeds {
  readonly projects: Pick<ProjectStore, 'read' | 'readFile' | 'driverFolder'>
  readonly planner: FilmPlanner
  readonly searches: Pick<FilmSearches, 'find'>
  /** The folder of imported models. */
  readonly library: string
  /** A process of its own for each film: nothing that the window shows is to wait for it. */
  readonly spawn: SpawnWorker
  /** Where an uploaded file lies. */
  readonly uploadPath: (upload: string) => Promise<string>
  readonly releaseUpload: (upload: string) => Promise<void>
  readonly emit: Emit
}

export interface FilmExports {
  readonly commands: Pick<Service, 'films.latents' | 'films.fitting' | 'films.export' | 'films.stop'>
  /** Ends all that are being written. */
  close(): Promise<void>
}

const types: Readonly<Record<FilmFormat, { readonly extension: string; readonly type: string }>> = {
  mp4: { extension: 'mp4', type: 'video/mp4' },
  webm: { extension: 'webm', type: 'video/webm' },
  gif: { extension: 'gif', type: 'image/gif' },
  webp: { extension: 'webp', type: 'image/webp' },
  png: { extension: 'zip', type: 'application/zip' },
}

/** How much of the work is the search for the frames of a loop, where there is one. */
const seamShare = 0.5

/** Films as files. */
export function filmExports({
  projects,
  planner,
  searches,
  library,
  spawn,
  uploadPath,
  releaseUpload,
  emit,
}: FilmExportNeeds): FilmExports {
  /** Films that are being written, by what ends them. */
  const films = new Map<AbortController, { readonly of: string; readonly made: Promise<ExportedFile> }>()

  return {
    commands: {
      async 'films.latents'({ project: id, order }) {
        const project = await projects.read(id)
        const plan = await planner.plan(project, order)
        if (plan === null) throw noFace()
        const { memory } = (await searches.find(project, order)) ?? {}
        const found = plan.targets.map((target) => memory?.blocks.find({ target })?.latent)
        const latents = found.filter((latent) => latent !== undefined)
        if (memory?.known === undefined || latents.length < found.length) {
          throw wrongUse(
            'Not all frames of the film have been searched for yet.',
            'Wait until they are found.',
          )
        }
        const { noise } = memory.known.firstFrame
        const files = {
          [runFiles.latents]: latentsBytes(latents, noise),
          [runFiles.noise]: npzBytes({ ...noise }),
          [runFiles.targets]: targetsBytes(await filmSchedule(plan, order, { loop: false })),
        }
        return { name: `${titleOf(project, order)}.zip`, type: 'application/zip', bytes: zipOf(files) }
      },

      async 'films.fitting'({ project: id, order, view }) {
        const project = await projects.read(id)
        const plan = await planner.plan(project, order)
        if (plan === null) return null
        const memory = await memoryOf(project, order)
        if (order.drawn !== undefined && memory === undefined) return null
        const { motion, facts } = plan.driver
        const spans = filmSpans({ ...motion, end: facts.end }, rangeIn(plan, view), view.loop)
        const look = await withBytes(id, plan.look)
        return filmFits(shapeOf(project, order, view, look, memory), atRate(spans, view.rate).plan)
      },

      async 'films.export'({ project, order, export: wish }) {
        const stop = new AbortController()
        const made = exported(project, order, wish, stop.signal)
        films.set(stop, { of: project, made })
        try {
          return await made
        } finally {
          films.delete(stop)
          if (wish.clip !== undefined) await releaseUpload(wish.clip)
        }
      },

      async 'films.stop'({ project }) {
        for (const [stop, { of }] of films) if (of === project) stop.abort()
        return {}
      },
    },

    async close() {
      for (const stop of films.keys()) stop.abort()
      await Promise.allSettled([...films.values()].map(({ made }) => made))
    },
  }

  async function exported(
    id: string,
    order: FilmOrder,
    wish: FilmExport,
    signal: AbortSignal,
  ): Promise<ExportedFile> {
    const project = await projects.read(id)
    const plan = await planner.plan(project, order)
    if (plan === null) throw noFace()
    const folder = await makeTemporaryFolder('film')
    try {
      const path = join(folder, 'film')
      await write(project, order, wish, plan, path, signal)
      const { extension, type } = types[wish.format]
      const bytes = wish.format === 'png' ? await zipped(path) : await handedOver(path)
      return { name: `${titleOf(project, order)}.${extension}`, type, bytes }
    } finally {
      await removeFolder(folder)
    }
  }

  async function write(
    project: Project,
    order: FilmOrder,
    wish: FilmExport,
    plan: FilmPlan,
    path: string,
    signal: AbortSignal,
  ): Promise<void> {
    const planned = await filmSchedule(plan, order, wish)
    const { timescale, frames, start } = atRate(planned, wish.rate).plan
    const sound = await soundOf(project, order, wish)
    const xmp = await filmXmp(project, order, wish)
    const look = await withBytes(project.id, plan.look)
    const memory = await memoryOf(project, order)
    if (order.drawn !== undefined && memory === undefined) {
      throw wrongUse('The film has not been searched for yet.', 'Press Start, and wait for its first frame.')
    }
    const shape = shapeOf(project, order, wish, look, memory)
    await requireFilmRoom(wish.format, shape, { timescale, frames })
    /** Of the work, 0..1. */
    let before = 0
    const tell = (done: number) => emit('film.progress', { project: project.id, done })
    const { painter, latentFor } = await painterOf(project, order, shape.painter, memory, (found, needs) => {
      if (!wish.loop) return found
      const telling = (done: number) => {
        before = seamShare
        tell(seamShare * done)
      }
      return withSeam({ ...needs, spawn, look }, found, plan, planned, telling, signal)
    })

    async function* moments(): AsyncGenerator<FilmMoment> {
      for (const { index, ...frame } of frames) {
        if (signal.aborted) return
        const giver = await plan.driver.square(index)
        const latent = latentFor(frame.target)
        yield { ...frame, ...(giver && { giver }), ...(latent && { latent }) }
      }
    }

    const stopped = () => new MienError('stopped', 'The film was stopped.')
    if (signal.aborted) throw stopped()
    const parameters: WriteFilmParameters = {
      ...{ path, format: wish.format, look, timescale, count: frames.length, judge: false },
      painter,
      beside: shape.beside,
      ...(sound !== undefined && { sound: { path: sound, from: start } }),
      ...(xmp !== undefined && { xmp }),
    }
    const events = {
      portion: (done: number) => tell(before + (1 - before) * done),
      notice: (message: string) => emit('notice', { message }),
    }
    await withEngineUntil(
      signal,
      () => startEngine(spawn),
      (engine) => startFedJob(engine, 'write-film', parameters, moments(), events).outcome,
    )
    if (signal.aborted) throw stopped()
  }

  /** What was found for a film that is drawn, once its frames can be looked at; undefined for others. */
  async function memoryOf(project: Project, order: FilmOrder): Promise<FilmMemory | undefined> {
    if (order.drawn === undefined) return undefined
    const { memory } = (await searches.find(project, order)) ?? {}
    return memory?.known?.directions && memory
  }

  /**
   * By what the film is drawn, and for one that the generator draws, of what.
   *
   * @param completed what was found for it, with what is still to be searched for
   */
  async function painterOf(
    project: Project,
    { film, drawn }: FilmOrder,
    shape: FrameShape['painter'],
    memory: FilmMemory | undefined,
    completed: (
      memory: FilmMemory,
      needs: Pick<SeamNeeds, 'models' | 'settings' | 'provider'>,
    ) => FilmMemory | Promise<FilmMemory>,
  ): Promise<{ readonly painter: FilmPainter; readonly latentFor: FilmMemory['latentFor'] }> {
    if (shape.kind === 'photograph') {
      return { painter: { ...shape, mode: film.mode }, latentFor: () => undefined }
    }
    const models = await modelsOf(drawn!, library)
    const { noise } = memory!.known!.firstFrame
    const provider = project.setup.device
    const { latentFor } = await completed(memory!, { models, settings: drawn!.settings, provider })
    const { generator } = models
    return { painter: { ...shape, generator, noise, execution: { provider } }, latentFor }
  }

  async function withBytes(project: string, look: RememberedFace): Promise<RememberedFace> {
    const bytes = await projects.readFile(project, look.picture.sha256)
    return { ...look, picture: { ...look.picture, bytes } }
  }

  /** The clip that the sound is taken from; undefined where there is none to take. */
  async function soundOf(
    project: Project,
    { driver: id }: FilmOrder,
    { sound, format, clip: upload }: FilmExport,
  ): Promise<string | undefined> {
    const { name, clip } = driverIn(project, id)
    if (!sound || !hasSound(format) || clip === null || !isVideoClip(clip)) return undefined
    if (upload !== undefined) return uploadPath(upload)
    if (clip.kept) return join(await projects.driverFolder(project.id, id), keptClip)
    throw wrongUse(`The project has not kept ${name}, whose sound the film is to have.`, 'Give it again.')
  }
}

/**
 * What the size of its frames depends on.
 *
 * @param memory of a film that is drawn
 */
function shapeOf(
  project: Project,
  { driver, drawn }: FilmOrder,
  view: FilmView,
  look: RememberedFace,
  memory: FilmMemory | undefined,
): FrameShape {
  const { side, beside, form } = view
  const size = side !== undefined && { size: side }
  const painter =
    drawn === undefined
      ? ({ kind: 'photograph', form: beside ? 'square' : form, ...size } as const)
      : ({ kind: 'drawn', ...size } as const)
  return {
    ...{ painter, look, beside: besideOf(view, driverIn(project, driver).squares) },
    drawnSide: () => sideOfNoise(memory!.known!.firstFrame.noise),
  }
}

/** Of the generator whose noise maps these are: the last of them are as large as what it draws. */
function sideOfNoise(noise: KnownFirstFrame['noise']): number {
  return Math.max(...Object.values(noise).map(({ shape }) => shape.at(-1)!))
}

async function filmXmp(
  project: Project,
  order: FilmOrder,
  { settings, altered }: FilmExport,
): Promise<string | undefined> {
  if (!settings && !altered) return undefined
  const made = settings ? filmMadeWith(await programVersion(), project, order) : undefined
  return order.drawn === undefined ? alteredPhotograph(made, altered) : made && drawnFilm(made)
}

function titleOf(project: Project, { look, driver }: FilmOrder): string {
  const plain = (name: string) => name.replace(/\.[^.]*$/, '')
  const titles = [project.name, plain(pictureIn(project, look).name), plain(driverIn(project, driver).name)]
  return plainName(titles.join(' - '), 'Mien')
}

async function handedOver(path: string): Promise<Uint8Array> {
  requireSmall((await requireFile(path)).size)
  return readWholeFile(path, largestFile)
}

async function zipped(folder: string): Promise<Uint8Array> {
  const names = await filesInFolder(folder)
  let total = 0
  for (const name of names) total += (await requireFile(join(folder, name))).size
  requireSmall(total)
  const files: Record<string, Uint8Array> = {}
  for (const name of names) files[name] = await readWholeFile(join(folder, name), largestFile)
  return zipOf(files)
}

/** Pictures and arrays of random numbers do not become smaller. */
function zipOf(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  return zipSync(files, { level: 0 })
}

/** Throws MienError 'wrong-use' for more than a window is handed. */
function requireSmall(bytes: number): void {
  if (bytes <= largestFile - 2 ** 20) return
  throw wrongUse(
    `The film has ${mebibytes(bytes)}; at most ${mebibytes(largestFile)} are handed over.`,
    'Choose a part of it or a smaller size, or make it on the command line: mien animate.',
  )
}
