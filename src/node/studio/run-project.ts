import { randomUUID } from 'node:crypto'
import { basename, join } from 'node:path'
import { ffhqQuad } from '../../engine/face/quad.ts'
import { wholeQuad } from '../../engine/likeness/portrait.ts'
import { largestFile } from '../../shared/fields.ts'
import type { AlignmentRecord, FaceRecord, Picture, Project } from '../../shared/project.ts'
import { withoutPicture } from '../../shared/setup.ts'
import type { AlignmentChoice } from '../engine/protocol.ts'
import type { AskEngine } from '../engine/short-jobs.ts'
import { readWholeFile } from '../host/files.ts'
import { sha256 } from '../host/sha256.ts'
import { addInput } from '../projects/inputs.ts'
import { writeZipped, type ZippedFiles, zippedFiles } from '../projects/pack.ts'
import { projectFiles } from '../projects/project-paths.ts'
import type { ProjectStore } from '../projects/project-store.ts'
import type { UsedPicture } from '../runs/kinds/projection/record.ts'
import { recordFiles } from '../runs/record/migration.ts'
import type { RunRecord } from '../runs/record/record.ts'
import { openRecord } from '../runs/record/record-file.ts'
import { recoveryFolder, runFiles } from '../runs/record/run-files.ts'
import { searchedPicture } from './picture-commands.ts'

/** The zip of the folder of a run; undefined for any other. Throws MienError 'bad-file'. */
export function zippedRun(fileName: string, bytes: Uint8Array): ZippedFiles | undefined {
  const zipped = zippedFiles(fileName, bytes, [projectFiles.manifest, ...recordFiles])
  const isRun = recordFiles.some((name) => zipped.files.has(name)) && !zipped.files.has(projectFiles.manifest)
  return isRun ? zipped : undefined
}

/**
 * A project of the pictures of a run, with that run. Pictures that it has not kept are stood for by the squares that were
 * cut out of them. Throws MienError 'bad-file' for a record that is damaged, 'unwritable'.
 */
export function projectOfRun(
  projects: Pick<ProjectStore, 'build'>,
  askEngine: AskEngine,
  title: string,
  { files }: ZippedFiles,
): Promise<Project> {
  return projects.build(title, async (folder) => {
    const id = randomUUID()
    const runFolder = join(folder, projectFiles.runs, id)
    await writeZipped(runFolder, files)
    const record = await openRecord(runFolder)
    if (record === undefined) throw new Error('a zip with a record held none')
    const pictures: Picture[] = []
    const inPlace = new Map<string, UsedPicture>()
    let { setup } = record.now
    for (const used of new Map(record.now.pictures.map((one) => [one.id, one])).values()) {
      const kept = await keptPicture(record.now, runFolder, used)
      if (kept === undefined) setup = withoutPicture(setup, used.id)
      else {
        pictures.push(await pictureOf(askEngine, kept))
        if (kept.isSquare) inPlace.set(used.id, kept.used)
        await addInput(folder, kept.bytes)
      }
    }
    // What it branched from, and what was started with it, stays where it was.
    const apart = { id, parent: null, batch: null }
    record.change((now) => ({
      ...now,
      ...apart,
      pictures: now.pictures.map((used) => inPlace.get(used.id) ?? used),
    }))
    await record.save()
    return { pictures, setup }
  })
}

interface KeptPicture {
  readonly used: UsedPicture
  readonly bytes: Uint8Array
  /** Whether it is the square that was cut out. */
  readonly isSquare: boolean
}

async function keptPicture(
  { setup }: RunRecord,
  runFolder: string,
  used: UsedPicture,
): Promise<KeptPicture | undefined> {
  const read = (...names: readonly string[]) =>
    readWholeFile(join(runFolder, ...names), largestFile).catch(() => undefined)
  const bytes = await read(recoveryFolder, 'pictures', used.sha256)
  if (bytes !== undefined && sha256(bytes) === used.sha256) return { used, bytes, isSquare: false }
  const target = used.id === setup.look ? 'look' : used.id === setup.landmarks ? 'landmarks' : undefined
  const square = target && (await read(runFiles[target]))
  if (square === undefined) return undefined
  return { used: { ...used, sha256: sha256(square), alignment: 'none' }, bytes: square, isSquare: true }
}

async function pictureOf(askEngine: AskEngine, { used, bytes, isSquare }: KeptPicture): Promise<Picture> {
  const { id, name, sha256: hash, alignment } = used
  const found = await searchedPicture(askEngine, { name, bytes })
  return {
    ...{ id, name: basename(name).slice(-100), sha256: hash, bytes: bytes.length, ...found },
    alignment: isSquare ? wholeSquare(found) : alignmentFor(alignment, found.faces),
  }
}

/** Of a picture that was cut out already: all of it, with the landmarks of its face. */
function wholeSquare({ width, faces }: Pick<Picture, 'width' | 'faces'>): AlignmentRecord {
  const [face] = faces
  return face === undefined
    ? { by: 'centre' }
    : { by: 'hand', quad: wholeQuad(width).flat(), points: face.points }
}

/** What leads the project to the square that the run was given. */
function alignmentFor(choice: AlignmentChoice, faces: readonly FaceRecord[]): AlignmentRecord {
  if (choice === 'none') return { by: 'centre' }
  if ('quad' in choice) {
    const { quad, points } = choice
    return { by: 'hand', quad: quad.flat(), ...(points && { points: [...points] }) }
  }
  if ('points' in choice) {
    const { points } = choice
    const face = faces.findIndex((one) => one.points.every((value, i) => Math.abs(value - points[i]!) < 0.01))
    if (face >= 0) return { by: 'face', face }
    return { by: 'hand', quad: ffhqQuad(points).flat(), points: [...points] }
  }
  const face = (choice.face ?? 1) - 1
  return faces[face] === undefined ? { by: 'centre' } : { by: 'face', face }
}
