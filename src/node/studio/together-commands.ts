import { join } from 'node:path'
import { contactSheet, labelOf, type Panel } from '../../engine/picture/contact-sheet.ts'
import type { Service } from '../../shared/contract.ts'
import type { ExportedFile, TogetherExport } from '../../shared/exports.ts'
import { largestFile } from '../../shared/fields.ts'
import type { LikenessOrder } from '../../shared/likeness.ts'
import type { Project } from '../../shared/project.ts'
import type { Run } from '../../shared/run.ts'
import { exists, readWholeFile } from '../host/files.ts'
import { zipWriter } from '../host/zip-writer.ts'
import { freeName, plainName } from '../projects/project-paths.ts'
import type { ProjectStore } from '../projects/project-store.ts'
import { drawnFile, runFiles } from '../runs/record/run-files.ts'
import { sharpCodec } from '../runtime/sharp-codec.ts'
import { type PhotographMaker, photographXmp } from './likeness-commands.ts'
import { wrongUse } from './wrong-use.ts'

export interface TogetherCommandNeeds {
  readonly projects: Pick<ProjectStore, 'read' | 'runFolder'>
  /** The run as it is now. Rejects with MienError 'wrong-use' for one that is not there. */
  readonly runOf: (project: string, run: string) => Promise<Run>
  readonly photographs: Pick<PhotographMaker, 'make'>
}

/** A run that has a result. */
interface TakenRun {
  readonly name: string
  readonly folder: string
  /** Its picture as PNG. */
  readonly picture: Uint8Array
}

/** Pixels of a picture on a sheet. */
const panelSide = 256
/** At most so many runs stand side by side on it. */
const mostAbreast = 8
const shown = ['look', 'landmarks', 'result'] as const

/** What is taken out of several runs at once. */
export function togetherCommands({
  projects,
  runOf,
  photographs,
}: TogetherCommandNeeds): Pick<Service, 'runs.export-together'> {
  return {
    async 'runs.export-together'({ project: id, export: { what, runs: asked, ...told } }) {
      const project = await projects.read(id)
      const taken: TakenRun[] = []
      for (const one of asked) {
        const run = await take(project, one, told)
        if (run !== undefined) taken.push(run)
      }
      if (taken.length === 0) {
        throw wrongUse('None of these runs has a result yet.', 'Let one of them end first.')
      }
      return what === 'sheet' ? sheetOf(project, taken) : folderOf(project, taken)
    },
  }

  /** Undefined for a run without a result. */
  async function take(
    project: Project,
    { run: runId, photograph }: TogetherExport['runs'][number],
    told: Pick<TogetherExport, 'settings' | 'altered'>,
  ): Promise<TakenRun | undefined> {
    const { name, state } = await runOf(project.id, runId)
    const folder = await projects.runFolder(project.id, runId)
    // A run that goes on still has the files of its end before.
    if (state !== 'done' && state !== 'stopped') return undefined
    const path = join(folder, await drawnFile(folder))
    if (!(await exists(path))) return undefined
    const made =
      photograph && (await photographs.make(project, photograph, await wishFor(project, photograph, told)))
    const picture = made && !made.drawn ? made.file : await readWholeFile(path, largestFile)
    return { name, folder, picture }
  }

  async function sheetOf(project: Project, taken: readonly TakenRun[]): Promise<ExportedFile> {
    const panels: Panel[] = []
    for (const { name, folder, picture } of taken) {
      for (const what of shown) {
        const path = join(folder, runFiles[what])
        const bytes = what === 'result' ? picture : await readWholeFile(path, largestFile)
        const image = await sharpCodec.decode(bytes, path, panelSide)
        panels.push({ label: what === 'result' ? labelOf(name) : what, image })
      }
    }
    const abreast = Math.min(mostAbreast, Math.ceil(Math.sqrt(taken.length / 2)))
    const bytes = await sharpCodec.encodePng(contactSheet(panels, shown.length * abreast))
    return { ...named(project, 'png'), type: 'image/png', bytes }
  }

  async function folderOf(project: Project, taken: readonly TakenRun[]): Promise<ExportedFile> {
    const zip = zipWriter(project.modified)
    const names: string[] = []
    for (const { name, folder, picture } of taken) {
      const own = freeName(plainName(name, 'run'), names)
      names.push(own)
      zip.add({ name: `${own}.png`, bytes: picture })
      const latent = join(folder, runFiles.latent)
      if (await exists(latent)) {
        zip.add({ name: `${own}.npz`, bytes: await readWholeFile(latent, largestFile) })
      }
    }
    const bytes = zip.end()
    if (bytes.length > largestFile) {
      throw wrongUse('All of it together is too large for one file.', 'Take out fewer runs at once.')
    }
    return { ...named(project, 'zip'), type: 'application/zip', bytes }
  }
}

async function wishFor(
  project: Project,
  order: LikenessOrder,
  told: Pick<TogetherExport, 'settings' | 'altered'>,
) {
  const xmp = await photographXmp(project, order, told)
  return {
    form: 'square',
    judge: false,
    encoding: { format: 'png', ...(xmp !== undefined && { xmp }) },
  } as const
}

function named({ name }: Project, extension: 'png' | 'zip'): Pick<ExportedFile, 'name'> {
  return { name: `${plainName(`${name} - results`, 'Mien')}.${extension}` }
}
