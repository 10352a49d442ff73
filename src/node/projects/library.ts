import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import * as v from 'valibot'
import { MienError } from '../../engine/errors.ts'
import { title } from '../../shared/fields.ts'
import { type Project, project as projectSchema, projectVersion } from '../../shared/project.ts'
import {
  entriesIn,
  makeFolder,
  readWholeFile,
  removeFolder,
  renameFolder,
  statusOf,
  temporaryName,
  writeFileAtomic,
} from '../host/files.ts'
import { clearLeftovers } from '../host/leftovers.ts'
import { keyedSerial } from '../host/serial.ts'
import { createBin, nameBefore } from './bin.ts'
import { copyProject } from './copy.ts'
import { addInput, readInput } from './inputs.ts'
import { readManifest, replaceManifest } from './manifest.ts'
import { createOpenProjects } from './open-projects.ts'
import type { OpenFolder } from './opening.ts'
import { packProject, packSizeOf, unpackProject } from './pack.ts'
import { createIndex } from './project-index.ts'
import { driverPath, folderNameOf, freeName, insidePath, projectFiles, runPath } from './project-paths.ts'
import type { ProjectStore } from './project-store.ts'
import { soundRuns } from './sound-runs.ts'

export interface LibraryPlace {
  /** Of the projects. */
  readonly folder: string
  /** Of those removed; on the same disk. */
  readonly bin: string
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** The turn of what gives folders their names; not an id. */
const moving = 'the library'

const largestThumbnail = 16 * 2 ** 20

/** The projects in a folder, which is made when the first one is. */
export function createProjectStore({
  folder: root,
  bin: binFolder,
  now = Date.now,
}: LibraryPlace): ProjectStore {
  const opened = new Map<string, OpenFolder>()
  /** Folders whose paths were given away, so that what is in them changes unseen. */
  const givenAway = new Set<string>()
  const turns = keyedSerial()
  const index = createIndex(root, {
    folderOf: (id) => opened.get(id)?.folder,
    changes: (folder) => givenAway.has(folder),
  })
  const open = createOpenProjects(opened, index, turns, now)
  const bin = createBin(binFolder, now)
  let tidied: Promise<void> | undefined

  /** Once, before anything else: what a kill left behind, and what lay in the bin for long enough. */
  function tidy(): Promise<void> {
    tidied ??= (async () => {
      await clearLeftovers(root, 0)
      await clearLeftovers(binFolder, 2)
      await bin.expire().catch(() => undefined)
    })()
    return tidied
  }

  async function folderOf(id: string): Promise<string> {
    await tidy()
    return opened.get(id)?.folder ?? (await index.find(id)).folder
  }

  /** Builds the folder of a project aside and gives it a free name, so that a half-made one is never seen. */
  async function place(wanted: string, build: (folder: string) => Promise<void>): Promise<string> {
    await tidy()
    await makeFolder(root)
    const building = temporaryName(join(root, wanted))
    await makeFolder(building)
    try {
      await build(building)
      return await moveIn(building, wanted)
    } catch (error) {
      await removeFolder(building)
      throw error
    }
  }

  async function build(name: string, fill: Parameters<ProjectStore['build']>[1]): Promise<Project> {
    const moment = now()
    const identity = { format: 'mien-project', version: projectVersion, id: randomUUID(), name } as const
    const made: Project[] = []
    await place(folderNameOf(name), async (folder) => {
      await makeFolder(join(folder, projectFiles.inputs))
      await makeFolder(join(folder, projectFiles.runs))
      const since = { created: moment, modified: moment }
      const project = validated({ ...identity, ...since, drivers: [], ...(await fill(folder)) })
      await replaceManifest(folder, undefined, project)
      made.push(project)
    })
    return made[0]!
  }

  function moveIn(from: string, wanted: string): Promise<string> {
    return turns.take(moving, async () => {
      await makeFolder(root)
      const taken = (await entriesIn(root)).map(({ name }) => name)
      const folder = join(root, freeName(wanted, taken))
      await renameFolder(from, folder)
      return folder
    })
  }

  async function summariesOf(folders: readonly string[]) {
    const all = new Map((await index.all()).map(({ folder, summary }) => [folder, summary]))
    return folders.map((folder) => all.get(folder)).filter((summary) => summary !== undefined)
  }

  async function titles(): Promise<readonly string[]> {
    return (await index.all()).map(({ summary }) => summary.name)
  }

  return {
    async list() {
      await tidy()
      const summaries = (await index.all()).map(({ summary }) => summary)
      return summaries.sort((a, b) => b.modified - a.modified)
    },

    create: (name, setup) => build(name, async () => ({ pictures: [], setup })),

    async build(name, fill) {
      return build(freeTitle(name, await titles()), fill)
    },

    async open(id) {
      await tidy()
      const { manifest, damage, readOnly } = await open.open(id)
      return { project: manifest.project, damage, readOnly }
    },

    close: open.close,

    async owned(id, work) {
      await tidy()
      return open.owned(id, work)
    },

    async read(id) {
      const place = opened.get(id)
      if (place?.lock !== undefined) return place.manifest.project
      const { project } = await readManifest(await folderOf(id))
      return { ...project, id }
    },

    async change(id, edit) {
      await tidy()
      return open.change(id, (before) => {
        const { format, version, created } = before
        const modified = Math.max(now(), created)
        return validated({ ...edit(before), format, version, id, created, modified })
      })
    },

    async duplicate(ids) {
      const folders: string[] = []
      for (const id of ids) {
        const from = await folderOf(id)
        const copy = await turns.take(id, async () => {
          const { project } = opened.get(id)?.manifest ?? (await readManifest(from))
          const name = freeTitle(project.name, await titles())
          return place(folderNameOf(name), (folder) =>
            copyProject(from, folder, { id: randomUUID(), name, moment: now() }),
          )
        })
        folders.push(copy)
      }
      return summariesOf(folders)
    },

    async remove(ids) {
      await tidy()
      for (const id of ids) await open.moveAway(id, bin.put)
    },

    async bin() {
      await tidy()
      return bin.list()
    },

    async restore(ids) {
      await tidy()
      const folders: string[] = []
      for (const id of ids) {
        const { folder } = await bin.find(id)
        folders.push(await moveIn(folder, nameBefore(folder)))
      }
      return summariesOf(folders)
    },

    async purge(ids) {
      await tidy()
      for (const id of ids) await bin.purge(id)
    },

    async thumbnail(id) {
      const folder = await folderOf(id).catch(async () => (await bin.find(id)).folder)
      const path = await insidePath(folder, projectFiles.thumbnail)
      return (await statusOf(path)) === undefined ? null : readWholeFile(path, largestThumbnail)
    },

    async setThumbnail(id, picture) {
      await tidy()
      await open.changing(id, async ({ folder }) => {
        await writeFileAtomic(await insidePath(folder, projectFiles.thumbnail), picture)
      })
    },

    async addFile(id, bytes) {
      await tidy()
      return open.changing(id, ({ folder }) => addInput(folder, bytes))
    },

    async readFile(id, hash) {
      return readInput(await folderOf(id), hash)
    },

    async runFolder(id, run) {
      const folder = await folderOf(id)
      givenAway.add(folder)
      return runPath(folder, run)
    },

    async driverFolder(id, driver) {
      return driverPath(await folderOf(id), driver)
    },

    async runs(id) {
      return (await soundRuns(await folderOf(id))).ids
    },

    async pack(id) {
      const folder = await folderOf(id)
      return turns.take(id, () => packProject(folder))
    },

    async packSize(id) {
      return packSizeOf(await folderOf(id))
    },

    async unpack(name, bytes, id = randomUUID()) {
      const packed = unpackProject(name, bytes)
      const taken = await titles()
      const folder = await place(folderNameOf(packed.title), (building) =>
        packed.write(building, { id, name: freeTitle(packed.title, taken) }),
      )
      return (await summariesOf([folder]))[0]!
    },

    dispose: open.dispose,
  }
}

function validated(fields: Project): Project {
  const parsed = v.safeParse(projectSchema, fields)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  const where = v.getDotPath(issue) ?? 'project'
  throw new MienError('wrong-use', `The project cannot be kept like this: ${where}: ${issue.message}.`)
}

/** Titles may be the same, but a copy should be told from its original. */
function freeTitle(wanted: string, taken: readonly string[]): string {
  const free = freeName(wanted, taken)
  return v.is(title, free) ? free : wanted
}
