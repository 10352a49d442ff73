import { join } from 'node:path'
import { type Zippable, zipSync } from 'fflate'
import { writeNpy } from '../../engine/checkpoint/npy.ts'
import { writeSafetensors } from '../../engine/checkpoint/safetensors.ts'
import { MienError } from '../../engine/errors.ts'
import type { Service } from '../../shared/contract.ts'
import type { Emit } from '../../shared/events.ts'
import type { ExportedFile, GeneratorFormat, RunExport, WayFormat } from '../../shared/exports.ts'
import { largestFile } from '../../shared/fields.ts'
import type { LikenessOrder } from '../../shared/likeness.ts'
import type { Project } from '../../shared/project.ts'
import type { Preview, Run } from '../../shared/run.ts'
import type { MarkedSquare } from '../engine/film-messages.ts'
import type { AskEngine } from '../engine/short-jobs.ts'
import { npzBytes } from '../host/array-files.ts'
import { evenly } from '../host/evenly.ts'
import { exists, readWholeFile } from '../host/files.ts'
import { programVersion } from '../host/folders.ts'
import { sha256 } from '../host/sha256.ts'
import { generatorName } from '../models/resolve.ts'
import { plainName } from '../projects/project-paths.ts'
import type { ProjectStore } from '../projects/project-store.ts'
import { readLatent } from '../runs/kinds/projection/latent-file.ts'
import { madeWith, xmpPacket } from '../runs/kinds/projection/picture-metadata.ts'
import { drawnFile, runFiles } from '../runs/record/run-files.ts'
import { mostFrames } from '../video/film.ts'
import { type PhotographMaker, photographXmp } from './likeness-commands.ts'
import type { FaceMover, MovedFace } from './moved-faces.ts'
import { bringUpToDate } from './snapshot-files.ts'

export interface ExportCommandNeeds {
  readonly projects: Pick<ProjectStore, 'owned' | 'read' | 'runFolder'>
  /** The run as it is now. Rejects with MienError 'wrong-use' for one that is not there. */
  readonly runOf: (project: string, run: string) => Promise<Run>
  /** What the run looked like on its way. */
  readonly runs: Pick<Service, 'runs.history' | 'runs.moment' | 'runs.show'>
  readonly askEngine: AskEngine
  readonly photographs: Pick<PhotographMaker, 'faces'>
  readonly faces: FaceMover
  /** The folder of imported models. */
  readonly library: string
  readonly emit: Emit
}

/** A run that is to be taken out, with the folder of its files. */
interface Taken {
  readonly project: Project
  readonly run: Run
  readonly folder: string
}

type FilmPhotograph = Extract<RunExport, { what: 'film' }>['photograph']

interface Content {
  readonly bytes: Uint8Array
  readonly extension: string
  readonly type: string
  /** What the file is, where the titles alone would not tell. */
  readonly what?: string
}

const zip = { extension: 'zip', type: 'application/zip' }

/** What can be taken out of a run, as files. */
export function exportCommands({
  projects,
  runOf,
  runs,
  askEngine,
  photographs,
  faces,
  library,
  emit,
}: ExportCommandNeeds): Pick<Service, 'runs.export' | 'runs.stop-film'> {
  /** What ends the films that are being made, by their runs. */
  const films = new Map<AbortController, string>()

  return {
    async 'runs.export'({ project: id, run: runId, export: wanted }) {
      const taken: Taken = {
        project: await projects.read(id),
        run: await runOf(id, runId),
        folder: await projects.runFolder(id, runId),
      }
      return named(taken, await contentOf(taken, wanted))
    },
    async 'runs.stop-film'({ run }) {
      for (const [film, of] of films) if (of === run) film.abort()
      return {}
    },
  }

  function contentOf(taken: Taken, wanted: RunExport): Promise<Content> {
    if (wanted.what === 'picture') return picture(taken, wanted)
    if (wanted.what === 'latent') return latent(taken, wanted)
    if (wanted.what === 'generator') return generator(taken, wanted.format)
    if (wanted.what === 'reference') return reference(taken)
    const { format, photograph } = wanted
    return format === 'sheet' ? sheet(taken, photograph) : video(taken, format, photograph)
  }

  async function picture(
    taken: Taken,
    { format, side, quality, settings, moved }: Extract<RunExport, { what: 'picture' }>,
  ): Promise<Content> {
    const bytes =
      moved === undefined
        ? await resultFile(taken, await drawnFile(taken.folder))
        : (await movedFace(taken, moved)).file
    const xmp = settings ? await howMade(taken) : undefined
    const { file } = await askEngine('depict', {
      picture: { name: runFiles.result, sha256: sha256(bytes), bytes },
      ...(side !== undefined && { side }),
      encoding: { format, ...(quality !== undefined && { quality }), ...(xmp !== undefined && { xmp }) },
    })
    if (file === null) throw new Error('the engine did not take a picture that was given with its bytes')
    const content = { bytes: file, extension: format === 'jpeg' ? 'jpg' : format, type: `image/${format}` }
    return side === undefined ? content : { ...content, what: `${side}` }
  }

  async function howMade({ project, run }: Taken): Promise<string> {
    const model = await generatorName(run.setup, library)
    return xmpPacket(madeWith(await programVersion(), project, run, model))
  }

  async function latent(
    taken: Taken,
    { format, moved }: Extract<RunExport, { what: 'latent' }>,
  ): Promise<Content> {
    if (moved === undefined) await resultFile(taken, runFiles.latent)
    const w =
      moved === undefined
        ? await readLatent(join(taken.folder, runFiles.latent))
        : (await movedFace(taken, moved)).latent
    const type = 'application/octet-stream'
    // NVIDIA's generate.py and style_mixing.py look for the key `w`.
    if (format === 'npz') return { bytes: npzBytes({ w }), extension: 'npz', type }
    if (format === 'npy') return { bytes: writeNpy(w), extension: 'npy', type }
    return { bytes: writeSafetensors({ w }), extension: 'safetensors', type }
  }

  async function movedFace({ run: { project, id } }: Taken, order: LikenessOrder): Promise<MovedFace> {
    const face = await faces.move({ project, run: id }, order, { encoding: { format: 'png' } })
    if (face !== null) return face
    throw new MienError('wrong-use', 'There is no face to move, or nothing tells where to.', {
      hint: 'Teach the generator a face, and choose a picture with a face for expression and pose.',
    })
  }

  async function generator(taken: Taken, format: GeneratorFormat = 'safetensors'): Promise<Content> {
    const path = join(taken.folder, runFiles.generator)
    if (!(await exists(path))) {
      throw new MienError('wrong-use', `The run "${taken.run.name}" has tuned no generator.`, {
        hint: 'Tune it first.',
      })
    }
    const { file } = await askEngine('export-generator', { generator: [{ path }], format, library })
    const isDifference = format === 'difference'
    return {
      bytes: file,
      extension: isDifference ? 'npz' : format,
      type: 'application/octet-stream',
      what: isDifference ? 'generator difference' : 'generator',
    }
  }

  async function reference(taken: Taken): Promise<Content> {
    await resultFile(taken, runFiles.result)
    const files: Zippable = {}
    for (const name of Object.values(runFiles)) {
      const bytes = await fileIfAny(taken, name)
      // Pictures, films and arrays of random numbers do not become smaller.
      if (bytes !== undefined) files[name] = [bytes, { level: /json$/.test(name) ? 6 : 0 }]
    }
    return { bytes: zipSync(files), ...zip }
  }

  async function video(
    taken: Taken,
    format: Exclude<WayFormat, 'sheet'>,
    photograph: FilmPhotograph,
  ): Promise<Content> {
    const type = { extension: format, type: `video/${format}`, ...(photograph && { what: 'photograph' }) }
    const isMade = format === 'mp4' && photograph === undefined
    const made = isMade ? await fileIfAny(taken, runFiles.video) : undefined
    return { bytes: made ?? (await way(taken, format, mostFrames, photograph)), ...type }
  }

  async function sheet(taken: Taken, photograph: FilmPhotograph): Promise<Content> {
    const most = photograph?.beside ? sheetMoments / 2 : sheetMoments
    const bytes = await way(taken, 'sheet', most, photograph)
    return { bytes, extension: 'png', type: 'image/png', what: photograph ? 'photograph sheet' : 'sheet' }
  }

  /** A file that is there once the run is over. Throws MienError 'wrong-use' before. */
  async function resultFile(taken: Taken, name: string): Promise<Uint8Array> {
    const { run, folder } = taken
    // A run that goes on still has the files of its end before.
    if (run.state === 'done' || run.state === 'stopped') {
      if (run.kind === undefined) await bringUpToDate({ projects, askEngine, library }, run, folder, name)
      const bytes = await fileIfAny(taken, name)
      if (bytes !== undefined) return bytes
    }
    throw new MienError('wrong-use', `The run "${run.name}" has no result yet.`, {
      hint: 'Finish it or stop it first; what it has found so far is kept.',
    })
  }

  /** Made of the small pictures that a run keeps on its way. */
  async function way(
    { project, run }: Taken,
    form: WayFormat,
    most: number,
    photograph: FilmPhotograph,
  ): Promise<Uint8Array> {
    const of = { project: run.project, run: run.id }
    const look = await runs['runs.show']({ ...of, what: 'look' })
    const landmarks = await runs['runs.show']({ ...of, what: 'landmarks' })
    const frames: Preview[] = []
    for (const { step } of evenly(await runs['runs.history'](of), most)) {
      const moment = await runs['runs.moment']({ ...of, step })
      // A keyframe without a picture gives that of the nearest step.
      if (moment !== null && moment.step !== frames.at(-1)?.step) frames.push(moment)
    }
    if (look === null || landmarks === null || frames.length === 0) {
      throw new MienError('wrong-use', `The run "${run.name}" has kept no pictures of its way yet.`, {
        hint: 'Let it make some steps first.',
      })
    }
    const xmp = photograph && (await photographXmp(project, photograph.order, photograph))
    const stop = new AbortController()
    films.set(stop, run.id)
    try {
      const parameters = {
        ...{ look: marked(look), landmarks: marked(landmarks), form },
        frames: frames.map((frame) => ({ ...marked(frame), step: frame.step })),
        ...(photograph && {
          photograph: {
            ...(await photographs.faces(project, photograph.order)),
            beside: photograph.beside,
          },
        }),
        ...(xmp !== undefined && { xmp }),
      }
      const portion = (done: number) => emit('run.film', { run: run.id, done })
      return (await askEngine('film', parameters, { portion }, stop.signal)).file
    } finally {
      films.delete(stop)
    }
  }
}

/** Two rows of four with the two pictures before them, and one more. */
const sheetMoments = 10

function marked({ image, points }: Preview): MarkedSquare {
  return { bytes: image, points }
}

function named({ project, run }: Taken, { bytes, extension, type, what }: Content): ExportedFile {
  const titles = [project.name, run.name, ...(what === undefined ? [] : [what])]
  return { name: `${plainName(titles.join(' - '), 'Mien')}.${extension}`, type, bytes }
}

async function fileIfAny({ folder }: Taken, name: string): Promise<Uint8Array | undefined> {
  const path = join(folder, name)
  return (await exists(path)) ? readWholeFile(path, largestFile) : undefined
}
