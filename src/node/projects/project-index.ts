import { basename, join, relative } from 'node:path'
import * as v from 'valibot'
import { MienError } from '../../engine/errors.ts'
import { id as idSchema, title } from '../../shared/fields.ts'
import type { ProjectSummary } from '../../shared/project.ts'
import { abreast } from '../host/abreast.ts'
import { entriesIn, type FileStatus, statusOf } from '../host/files.ts'
import { sha256 } from '../host/sha256.ts'
import { readManifest } from './manifest.ts'
import { folderNameOf, insidePath, projectExtension, projectFiles, requireId } from './project-paths.ts'

/** A folder with a project. */
export interface ListedProject {
  readonly folder: string
  /** What its manifest says, which may be the id of another of which it is a copy; undefined without a manifest. */
  readonly storedId: string | undefined
  readonly summary: ProjectSummary
}

/** The projects in a folder, and in folders of the user's within it. */
export interface ProjectIndex {
  /** By folder. Throws MienError 'unreadable-file'. */
  all(): Promise<readonly ListedProject[]>
  /** Throws MienError 'wrong-use' for an id that is not there. */
  find(id: string): Promise<ListedProject>
  /** As `find`, after a look at all folders. */
  findAnew(id: string): Promise<ListedProject>
  /** Lets what is told of this folder be read again. */
  forget(folder: string): void
}

type Listing = Omit<ListedProject, 'summary'> & { readonly summary: Omit<ProjectSummary, 'id'> }

/** How deep the user may have sorted projects into folders. */
const deepest = 4

/** What this program does with projects. */
export interface AtWork {
  /** Of a project that is open here; it keeps its id whatever copies there are. */
  folderOf(id: string): string | undefined
  /** Whether there may be more or fewer runs than a moment ago. */
  changes(folder: string): boolean
}

const nothingOpen: AtWork = { folderOf: () => undefined, changes: () => false }

/** Remembers what it read as long as project.json has the same time, size and inode. */
export function createIndex(root: string, atWork: AtWork = nothingOpen): ProjectIndex {
  const known = new Map<string, { readonly status: FileStatus; readonly listing: Listing }>()
  let byId = new Map<string, ListedProject>()

  async function listingOf(folder: string): Promise<Listing> {
    const status = await statusOf(join(folder, projectFiles.manifest))
    const before = known.get(folder)
    const same = before !== undefined && status !== undefined && sameFile(before.status, status)
    if (same && !atWork.changes(folder)) return before.listing
    const listing = await readListing(folder)
    // What is in trouble now may be whole at the next look.
    if (status !== undefined && listing.summary.trouble === undefined) known.set(folder, { status, listing })
    else known.delete(folder)
    return listing
  }

  async function all(): Promise<readonly ListedProject[]> {
    const folders = await projectFoldersIn(root)
    const listings = await abreast(folders, listingOf)
    const projects = withIds(root, listings, atWork)
    byId = new Map(projects.map((project) => [project.summary.id, project]))
    const there = new Set(folders)
    for (const folder of known.keys()) if (!there.has(folder)) known.delete(folder)
    return projects
  }

  async function findAnew(id: string): Promise<ListedProject> {
    requireId(id, 'project')
    await all()
    const found = byId.get(id)
    if (found !== undefined) return found
    throw new MienError('wrong-use', `There is no project ${id}.`, {
      hint: 'It may have been removed, or moved out of the library.',
    })
  }

  return {
    all,
    async find(id) {
      const before = byId.get(id)
      const isThere = before !== undefined && (await statusOf(before.folder))?.kind === 'folder'
      return isThere ? before : findAnew(id)
    },
    findAnew,
    forget: (folder) => void known.delete(folder),
  }
}

async function projectFoldersIn(root: string, depth = 0): Promise<string[]> {
  const folders: string[] = []
  for (const { name, kind } of await entriesIn(root)) {
    if (kind !== 'folder' || name.startsWith('.')) continue
    const folder = join(root, name)
    if (name.endsWith(projectExtension)) folders.push(folder)
    else if ((await statusOf(join(folder, projectFiles.manifest)))?.kind === 'file') folders.push(folder)
    else if (depth < deepest) folders.push(...(await projectFoldersIn(folder, depth + 1)))
  }
  return folders
}

async function readListing(folder: string): Promise<Listing> {
  const [runs, picture] = await Promise.all([
    runsIn(folder).catch(() => []),
    statusOf(join(folder, projectFiles.thumbnail)).catch(() => undefined),
  ])
  const thumbnail = picture?.kind === 'file' ? `${Math.round(picture.modified)}-${picture.size}` : null
  try {
    const { project, damage, readOnly } = await readManifest(folder)
    const { id, name, created, modified } = project
    const trouble = [...damage, ...(readOnly === null ? [] : [readOnly])].join(' ')
    const summary = { name, created, modified, thumbnail, runs: runs.length }
    return { folder, storedId: id, summary: trouble === '' ? summary : { ...summary, trouble } }
  } catch (error) {
    if (!(error instanceof MienError)) throw error
    const modified = Math.floor((await statusOf(folder))?.modified ?? 0)
    const name = basename(folder, projectExtension)
    const summary = {
      name: v.is(title, name) ? name : 'Project',
      created: modified,
      modified,
      thumbnail,
      runs: runs.length,
      trouble: error.message,
    }
    return { folder, storedId: undefined, summary }
  }
}

/** The ids of the runs that have a folder in that of a project. Throws MienError 'unreadable-file', 'bad-file' for a link. */
async function runsIn(folder: string): Promise<readonly string[]> {
  const entries = await entriesIn(await insidePath(folder, projectFiles.runs))
  return entries.filter(({ name, kind }) => kind === 'folder' && v.is(idSchema, name)).map(({ name }) => name)
}

/**
 * Gives each an id of its own: of several folders with one, the original keeps it (the one that is open, or whose name
 * is that of the project), and the copies get one that stays the same as long as they are where they are.
 */
function withIds(root: string, listings: readonly Listing[], { folderOf }: AtWork): readonly ListedProject[] {
  const originals = new Map<string, Listing>()
  const rank = ({ folder, storedId, summary }: Listing) =>
    folder === folderOf(storedId!) ? 0 : basename(folder) === folderNameOf(summary.name) ? 1 : 2
  for (const listing of listings) {
    if (listing.storedId === undefined) continue
    const other = originals.get(listing.storedId)
    if (other === undefined || rank(listing) < rank(other)) originals.set(listing.storedId, listing)
  }
  const used = new Set(originals.keys())
  return listings.map(({ folder, storedId, summary }) => {
    if (storedId !== undefined && originals.get(storedId)?.folder === folder) {
      return { folder, storedId, summary: { id: storedId, ...summary } }
    }
    const hash = sha256(`${storedId ?? ''}\n${relative(root, folder)}`)
    const kind = storedId === undefined ? 'folder' : 'copy'
    let id = `${kind}-${hash.slice(0, 24)}`
    for (let n = 2; used.has(id); n++) id = `${kind}-${hash.slice(0, 24)}-${n}`
    used.add(id)
    return { folder, storedId, summary: { id, ...summary } }
  })
}

function sameFile(a: FileStatus, b: FileStatus): boolean {
  return a.modified === b.modified && a.size === b.size && a.inode === b.inode
}
