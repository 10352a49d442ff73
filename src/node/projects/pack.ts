import { dirname, join } from 'node:path'
import { memorySource } from '../../engine/checkpoint/byte-source.ts'
import { readZip, type ZipEntry } from '../../engine/checkpoint/zip.ts'
import { MienError } from '../../engine/errors.ts'
import type { Driver } from '../../shared/driver.ts'
import { largestFile } from '../../shared/fields.ts'
import { migrate, type ProjectFields, salvageProject } from '../../shared/migrations.ts'
import { driverFiles } from '../drivers/driver-files.ts'
import { abreast } from '../host/abreast.ts'
import { mebibytes } from '../host/file-faults.ts'
import { makeFolder, readWholeFile, requireSpace, writeFileAtomic } from '../host/files.ts'
import { isText, zipWriter } from '../host/zip-writer.ts'
import { contentsOf, ifStillThere, isContent, type ProjectFile } from './contents.ts'
import { manifestText, readFields, readManifest } from './manifest.ts'
import { entryParts, keptClip, projectFiles } from './project-paths.ts'

/** How the names of packed projects end. */
export const packExtension = '.mienz'

/** What a pack may hold once it is unpacked: twice what is packed. */
const mostBytes = 2 * largestFile
const mostFiles = 20_000
/** Of a manifest and the directory of the archive. */
const overhead = 2 ** 20

/** How many times smaller texts mostly become. */
const textShrinks = 4

/**
 * The whole project as one zip. What runs need to go on is left out if it would not fit otherwise, and then what drivers look
 * like: their motions are left. Throws MienError 'wrong-use' for one that is too large all the same, 'bad-file',
 * 'unreadable-file'.
 */
export async function packProject(folder: string): Promise<Uint8Array> {
  const { project, fields } = await readManifest(folder)
  const whole = await contentsOf(folder, project)
  const files = fitting(whole)
  const isSeen = files.some(showsDriver) || !whole.some(showsDriver)
  const zip = zipWriter(project.modified)
  const said = isSeen ? fields : { ...fields, drivers: project.drivers.map(unseen) }
  zip.add({ name: projectFiles.manifest, bytes: new TextEncoder().encode(manifestText(said)) })
  for (const file of files) {
    const bytes = await ifStillThere(file, () => readWholeFile(file.path, largestFile))
    if (bytes !== undefined) zip.add({ name: file.parts.join('/'), bytes })
  }
  const packed = zip.end()
  if (packed.length > largestFile) throw tooLarge(packed.length)
  return packed
}

/** About how many bytes the zip would have: texts become smaller in it. Null where it would be too large. */
export async function packSizeOf(folder: string): Promise<number | null> {
  const { project } = await readManifest(folder)
  try {
    const files = fitting(await contentsOf(folder, project))
    const packed = files.map(({ parts, size }) => (isText(parts.at(-1)!) ? size / textShrinks : size))
    return Math.round(packed.reduce((sum, size) => sum + size, 0))
  } catch (error) {
    if (error instanceof MienError && error.code === 'wrong-use') return null
    throw error
  }
}

function fitting(files: readonly ProjectFile[]): readonly ProjectFile[] {
  const total = (some: readonly ProjectFile[]) => some.reduce((sum, { size }) => sum + size, overhead)
  if (total(files) <= largestFile) return files
  const lighter = files.filter(({ parts }) => !(parts[0] === projectFiles.runs && parts[2] === 'recovery'))
  if (total(lighter) <= largestFile) return lighter
  const lightest = lighter.filter((file) => !showsDriver(file))
  if (total(lightest) <= largestFile) return lightest
  throw tooLarge(total(lightest))
}

/** Whether a file has pictures of a driver in it: its squares, and the clip. */
function showsDriver({ parts: [place, , name] }: ProjectFile): boolean {
  return place === projectFiles.drivers && (name === driverFiles.squares || name === keptClip)
}

/** The driver without its pictures. */
function unseen({ clip, ...driver }: Driver): Driver {
  return { ...driver, squares: false, clip: clip && { ...clip, kept: false } }
}

function tooLarge(bytes: number): MienError {
  return new MienError(
    'wrong-use',
    `The project has ${mebibytes(bytes)}; at most ${mebibytes(largestFile)} can be packed.`,
    { hint: 'Remove runs that are not needed, or copy the folder of the project itself.' },
  )
}

/** A packed project that was looked through; nothing of it was written yet. */
export interface PackedProject {
  readonly title: string
  /** Writes it into an empty folder, the manifest last. Throws MienError 'unwritable', 'bad-file'. */
  write(folder: string, identity: { readonly id: string; readonly name: string }): Promise<void>
}

/**
 * Looks through a .mienz file, or a zip of a project's folder as any program makes it. Throws MienError 'bad-file' for
 * what is damaged, too large, or names files outside.
 */
export function unpackProject(fileName: string, bytes: Uint8Array): PackedProject {
  const { files, total } = zippedFiles(fileName, bytes, [projectFiles.manifest])
  const manifest = files.get(projectFiles.manifest)
  if (manifest === undefined) {
    throw badPack(
      fileName,
      'holds no project',
      'Choose a file that Mien packed, or the zipped folder of a run.',
    )
  }
  const fields = fieldsOf(read(manifest))
  const project = fields && salvageProject(migrate(fields))
  if (fields === undefined || project === undefined)
    throw badPack(fileName, 'holds a project that is damaged')
  return {
    title: project.name,
    async write(folder, identity) {
      await requireSpace(folder, 1.05 * total)
      for (const name of [projectFiles.inputs, projectFiles.runs]) await makeFolder(join(folder, name))
      await writeZipped(folder, new Map([...files].filter(([name]) => isContent(name.split('/')))))
      await writeFileAtomic(join(folder, projectFiles.manifest), manifestText({ ...fields, ...identity }))
    },
  }
}

/** Files of a zip by their places, which are safe on every system. */
export interface ZippedFiles {
  readonly files: ReadonlyMap<string, ZipEntry>
  /** Bytes of all together. */
  readonly total: number
}

/**
 * Looks through a zip; nothing of it is written yet. A folder around all is left out, unless one of the `roots` lies beside
 * it. Throws MienError 'bad-file' for what is damaged, too large, or names files outside.
 */
export function zippedFiles(fileName: string, bytes: Uint8Array, roots: readonly string[]): ZippedFiles {
  const refuse = (what: string) => badPack(fileName, what)
  const entries = [...readZip(memorySource(bytes, fileName)).values()].filter(
    ({ name }) => !name.endsWith('/'),
  )
  if (entries.length > mostFiles) throw refuse(`holds more than ${mostFiles} files`)
  const total = entries.reduce((sum, { size }) => sum + size, 0)
  if (total > mostBytes)
    throw refuse(`holds ${mebibytes(total)}; at most ${mebibytes(mostBytes)} are unpacked`)
  const files = placed(entries, roots, (name) =>
    refuse(`holds a file with a forbidden name (${JSON.stringify(name)})`),
  )
  return { files, total }
}

/** Throws MienError 'unwritable', 'bad-file'. */
export async function writeZipped(folder: string, files: ZippedFiles['files']): Promise<void> {
  const folders = new Set([...files.keys()].map((name) => dirname(join(folder, name))))
  for (const needed of folders) await makeFolder(needed)
  await abreast([...files], ([name, entry]) => writeFileAtomic(join(folder, name), read(entry)))
}

function badPack(fileName: string, what: string, hint = 'Ask for another copy of it.'): MienError {
  return new MienError('bad-file', `"${fileName}" ${what}.`, { file: fileName, hint })
}

/** The files by their places, once all names are safe and none stands for another's folder. */
function placed(
  entries: readonly ZipEntry[],
  roots: readonly string[],
  refuse: (name: string) => MienError,
): ReadonlyMap<string, ZipEntry> {
  // Programs that zip a folder put its name before all others, and files of their own beside.
  const own = entries.filter(({ name }) => !name.startsWith('__MACOSX/'))
  const tops = new Set(own.map(({ name }) => name.split('/')[0]))
  const isRoot = own.some(({ name }) => roots.includes(name))
  const prefix = !isRoot && tops.size === 1 ? `${[...tops][0]}/` : ''
  const files = new Map<string, ZipEntry>()
  const taken = new Map<string, 'file' | 'folder'>()
  for (const entry of own) {
    const name = entry.name.slice(prefix.length).normalize('NFC')
    if (name.split('/').some((part) => /^\.[^.]/.test(part))) continue
    const parts = entryParts(name)
    if (parts === undefined) throw refuse(entry.name)
    for (let n = 1; n <= parts.length; n++) {
      const key = parts.slice(0, n).join('/').toLowerCase()
      const kind = n === parts.length ? 'file' : 'folder'
      if (taken.has(key) && (kind === 'file' || taken.get(key) === 'file')) throw refuse(entry.name)
      taken.set(key, kind)
    }
    files.set(name, entry)
  }
  return files
}

function fieldsOf(bytes: Uint8Array): ProjectFields | undefined {
  return readFields(new TextDecoder().decode(bytes))?.fields
}

function read(entry: ZipEntry): Uint8Array {
  return entry.open().read(0, entry.size)
}
