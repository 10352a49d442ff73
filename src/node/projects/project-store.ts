import type { Project, ProjectSummary } from '../../shared/project.ts'
import type { Setup } from '../../shared/setup.ts'

/** A project as it could be read. */
export interface OpenedProject {
  readonly project: Project
  /** A sentence for each thing that is missing or damaged. */
  readonly damage: readonly string[]
  /** Why nothing can be changed: open elsewhere, of a newer Mien; null if it can. */
  readonly readOnly: string | null
}

/** A project in the bin. */
export interface BinnedProject {
  readonly id: string
  readonly name: string
  /** Milliseconds since 1970. */
  readonly removed: number
  readonly thumbnail: string | null
}

/**
 * The projects on the disk, each a folder `Name.mien`. All methods reject with MienError: 'wrong-use' for an id that is
 * not there or a project that may not be changed, 'unreadable-file' and 'bad-file' for what cannot be read, 'unwritable'.
 * Changes of one project are made one after the other.
 */
export interface ProjectStore {
  list(): Promise<readonly ProjectSummary[]>
  create(name: string, setup: Setup): Promise<Project>
  /** A project of what `fill` has put into its folder; nobody sees it before. */
  build(
    name: string,
    fill: (folder: string) => Promise<Pick<Project, 'pictures' | 'setup'>>,
  ): Promise<Project>
  /** Reads the project and takes its lock; once more for one that is open here gives it as it is. */
  open(id: string): Promise<OpenedProject>
  /** Gives the lock back. */
  close(id: string): Promise<void>
  /**
   * Does work that writes to the project, its runs included, with its lock in hand. Nothing is done, and MienError
   * 'wrong-use' thrown, where another program has it open or it cannot be changed.
   */
  owned<T>(id: string, work: () => Promise<T>): Promise<T>
  /** The project as it is now, open or not. */
  read(id: string): Promise<Project>
  /** Replaces the manifest by what `edit` makes of it, with the time of the change; opens it for that if need be. */
  change(id: string, edit: (project: Project) => Project): Promise<Project>
  duplicate(ids: readonly string[]): Promise<readonly ProjectSummary[]>
  remove(ids: readonly string[]): Promise<void>
  bin(): Promise<readonly BinnedProject[]>
  restore(ids: readonly string[]): Promise<readonly ProjectSummary[]>
  purge(ids: readonly string[]): Promise<void>
  /** An encoded picture, or null. */
  thumbnail(id: string): Promise<Uint8Array | null>
  setThumbnail(id: string, picture: Uint8Array): Promise<void>
  /** Keeps a file under its SHA-256, which is given back. */
  addFile(id: string, bytes: Uint8Array): Promise<string>
  /** A file by its SHA-256. Throws MienError 'bad-file' if it is not what it was. */
  readFile(id: string, sha256: string): Promise<Uint8Array>
  /** The folder of a run, there or not. */
  runFolder(id: string, run: string): Promise<string>
  /** The folder of a driver, there or not. */
  driverFolder(id: string, driver: string): Promise<string>
  /** The ids of the runs that have a folder in which nothing is a link. */
  runs(id: string): Promise<readonly string[]>
  /** The whole project as one .mienz file. */
  pack(id: string): Promise<Uint8Array>
  /** About how many bytes that file would have; null where it would be too large. */
  packSize(id: string): Promise<number | null>
  /** The project of a .mienz file; under a new id, where none is asked for. */
  unpack(name: string, bytes: Uint8Array, id?: string): Promise<ProjectSummary>
  /** Gives all locks back. */
  dispose(): Promise<void>
}
