import { MienError } from '../../engine/errors.ts'
import type { Project } from '../../shared/project.ts'
import type { KeyedSerial } from '../host/serial.ts'
import { type Manifest, readManifest, replaceManifest } from './manifest.ts'
import { type OpenFolder, openProjectFolder } from './opening.ts'
import type { ProjectIndex } from './project-index.ts'
import { isHeld, openElsewhere, takeLock } from './project-lock.ts'

/** The projects that are open here. What is asked for one is done in its turn. */
export interface OpenProjects {
  /** Opens a project, or gives one that is open as it is. */
  open(id: string): Promise<OpenFolder>
  close(id: string): Promise<void>
  /** Does work with the lock of the project in hand, opened for that if it is not open. Throws MienError 'wrong-use'. */
  owned<T>(id: string, work: () => Promise<T>): Promise<T>
  /** As `owned`, and in its turn. */
  changing<T>(id: string, work: (place: OpenFolder) => Promise<T>): Promise<T>
  /** Replaces the manifest by what `edit` makes of it; gives that. */
  change(id: string, edit: (project: Project) => Project): Promise<Project>
  /** Lets `move` take the folder of a project elsewhere, where it is not open any more; nobody else may have it open. */
  moveAway(id: string, move: (folder: string) => Promise<string>): Promise<void>
  /** Closes all. */
  dispose(): Promise<void>
}

export function createOpenProjects(
  opened: Map<string, OpenFolder>,
  index: ProjectIndex,
  turns: KeyedSerial,
  now: () => number,
): OpenProjects {
  /** Projects that stay open until they are closed. */
  const staying = new Set<string>()
  /** How much work is done on each that needs it open. */
  const uses = new Map<string, number>()

  async function openNow(id: string): Promise<OpenFolder> {
    for (const find of [index.find, index.findAnew]) {
      const place = await find(id)
      const found = await openProjectFolder(place, now)
      index.forget(place.folder)
      if (found !== undefined) return found
    }
    throw new MienError('unreadable-file', `The project ${id} is being moved while it is opened.`, {
      hint: 'Try again.',
    })
  }

  /** What is open, unless the lock was lost meanwhile. */
  async function stillOpen(id: string): Promise<OpenFolder | undefined> {
    const place = opened.get(id)
    try {
      await place?.lock?.requireHeld()
      return place?.lock && place
    } catch {
      await place?.lock?.release().catch(() => undefined)
      return undefined
    }
  }

  /** In its turn: opens a project, or gives one that is open as it is. */
  async function enter(id: string): Promise<OpenFolder> {
    const place = (await stillOpen(id)) ?? (await openNow(id))
    opened.set(id, place)
    return place
  }

  /** In its turn: lets a project go that nobody needs open any more. */
  async function leave(id: string): Promise<void> {
    if (staying.has(id) || uses.has(id)) return
    const place = opened.get(id)
    opened.delete(id)
    await place?.lock?.release()
  }

  async function owned<T>(id: string, work: () => Promise<T>): Promise<T> {
    const { readOnly, folder } = await turns.take(id, async () => {
      const place = await enter(id)
      uses.set(id, (uses.get(id) ?? 0) + 1)
      return place
    })
    try {
      if (readOnly !== null) throw new MienError('wrong-use', readOnly, { file: folder })
      return await work()
    } finally {
      await turns.take(id, () => {
        const others = uses.get(id)! - 1
        if (others > 0) uses.set(id, others)
        else uses.delete(id)
        return leave(id).catch(() => undefined)
      })
    }
  }

  function changing<T>(id: string, work: (place: OpenFolder) => Promise<T>): Promise<T> {
    return turns.take(id, async () => {
      const kept = opened.get(id)
      const place = kept?.lock === undefined ? await openNow(id) : kept
      try {
        if (place.readOnly !== null) throw new MienError('wrong-use', place.readOnly, { file: place.folder })
        await place.lock?.requireHeld()
        return await work(place)
      } finally {
        index.forget(place.folder)
        if (place !== kept) await place.lock?.release().catch(() => undefined)
      }
    })
  }

  return {
    open: (id) =>
      turns.take(id, async () => {
        const place = await enter(id)
        staying.add(id)
        return place
      }),

    close: (id) =>
      turns.take(id, () => {
        staying.delete(id)
        return leave(id)
      }),

    owned,
    changing,

    change: (id, edit) =>
      changing(id, async (place) => {
        const project = edit(place.manifest.project)
        const keep = (manifest: Manifest) => {
          if (opened.get(id) === place) opened.set(id, { ...place, manifest })
        }
        try {
          keep(await replaceManifest(place.folder, place.manifest, project))
        } catch (error) {
          // Either may be there now: the one before, or, if only the flushing failed, the new one.
          await readManifest(place.folder).then(keep, () => undefined)
          throw error
        }
        return project
      }),

    moveAway: (id, move) =>
      turns.take(id, async () => {
        const kept = await stillOpen(id)
        const folder = kept?.folder ?? (await index.find(id)).folder
        const lock = kept?.lock ?? (await takeLock(folder, now))
        if (!isHeld(lock)) throw new MienError('wrong-use', openElsewhere(lock), { file: folder })
        try {
          const place = await move(folder)
          opened.delete(id)
          staying.delete(id)
          // A lock that stays behind is known for one when the project comes back.
          await lock.release(place).catch(() => undefined)
        } catch (error) {
          if (kept === undefined) await lock.release().catch(() => undefined)
          throw error
        } finally {
          index.forget(folder)
        }
      }),

    async dispose() {
      await turns.idle()
      for (const [id, { lock }] of opened) {
        opened.delete(id)
        await lock?.release()
      }
    },
  }
}
