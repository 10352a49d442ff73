import { join } from 'node:path'
import type { Project } from '../../shared/project.ts'
import { entriesIn, readTextIfAny, statusOf } from '../host/files.ts'
import { projectFiles } from './project-paths.ts'

/** A file of a project. */
export interface ProjectFile {
  readonly path: string
  /** From the folder of the project. */
  readonly parts: readonly string[]
  readonly size: number
}

/** Of what is written down about a run. */
const largestRecord = 2 ** 24

/** What belongs to a place and not to the project, or is written anew: not to be copied or packed. */
const notContent: ReadonlySet<string> = new Set([
  projectFiles.manifest,
  projectFiles.previous,
  projectFiles.damaged,
  projectFiles.lock,
])

/**
 * The files that make up a project, besides its manifest: no links, no temporary files, nothing hidden, of the inputs
 * those only that a picture or a run names, and of the drivers those that the project lists, so that what was removed does
 * not travel on. Throws MienError 'unreadable-file'.
 */
export async function contentsOf(folder: string, project: Project): Promise<readonly ProjectFile[]> {
  const files = (await filesBelow(folder)).filter(({ parts }) => isContent(parts))
  const named = new Set(project.pictures.map(({ sha256 }) => sha256))
  for (const { path, parts, size } of files) {
    const isRecord = parts[0] === projectFiles.runs && parts.length === 3 && path.endsWith('.json')
    if (!isRecord || size > largestRecord) continue
    for (const [hash] of ((await readTextIfAny(path)) ?? '').matchAll(/[0-9a-f]{64}/g)) named.add(hash)
  }
  const drivers = new Set(project.drivers.map(({ id }) => id))
  return files.filter(({ parts: [place, name] }) => {
    if (place === projectFiles.drivers) return drivers.has(name!)
    return place !== projectFiles.inputs || named.has(name!)
  })
}

/**
 * What `work` makes of a file; undefined if that is gone since it was listed: a run that computes makes room among its
 * snapshots and pictures.
 */
export async function ifStillThere<T>(
  { path, parts }: ProjectFile,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (parts[0] === projectFiles.runs && (await statusOf(path)) === undefined) return undefined
    throw error
  }
}

/** Whether a file at that place in a project is a part of it, rather than written for where it lies. */
export function isContent(parts: readonly string[]): boolean {
  return parts.length > 1 || !notContent.has(parts[0]!)
}

/** The files in a folder and below: no links, nothing hidden. */
export async function filesBelow(
  folder: string,
  parts: readonly string[] = [],
): Promise<readonly ProjectFile[]> {
  const files: ProjectFile[] = []
  for (const { name, kind } of await entriesIn(folder)) {
    if (name.startsWith('.')) continue
    const path = join(folder, name)
    if (kind === 'folder') files.push(...(await filesBelow(path, [...parts, name])))
    const status = kind === 'file' ? await statusOf(path) : undefined
    if (status !== undefined) files.push({ path, parts: [...parts, name], size: status.size })
  }
  return files
}
