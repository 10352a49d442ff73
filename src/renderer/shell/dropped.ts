import { Zip, ZipPassThrough } from 'fflate'
import { isMotion, isVideo } from '../clips/clip-files.ts'

/** What was dropped, by what can be done with it. */
export interface Dropped {
  readonly pictures: readonly File[]
  /** Videos and saved motions: what films are driven by. */
  readonly drivers: readonly File[]
  /** Packed projects, also zipped by others. */
  readonly packed: readonly File[]
  /** Folders of projects, or of runs. */
  readonly folders: readonly FileSystemDirectoryEntry[]
  readonly checkpoints: readonly File[]
  /** Names of what Mien does not know. */
  readonly unknown: readonly string[]
}

const checkpointNames = /\.(pkl|pt|pth|tar|safetensors|npz|bin)$/i
const pictureNames = /\.(avif|bmp|gif|heic|heif|jfif|jpe?g|jxl|png|tiff?|webp)$/i

/** What a file is for, by its type and name; its content is looked at by the service. */
export function purposeOf({ name, type }: Pick<File, 'name' | 'type'>): keyof Dropped {
  if (/\.(mienz|zip)$/i.test(name)) return 'packed'
  if (checkpointNames.test(name)) return 'checkpoints'
  if (isVideo({ name, type })) return 'drivers'
  return type.startsWith('image/') || pictureNames.test(name) ? 'pictures' : 'unknown'
}

/** Takes files and folders out of a drop. To be called while the event is handled, since its items are gone afterwards. */
export function takeDropped(items: DataTransferItemList): Dropped {
  const files: File[] = []
  const folders: FileSystemDirectoryEntry[] = []
  for (const item of items) {
    const entry = item.webkitGetAsEntry()
    const file = item.getAsFile()
    if (entry?.isDirectory) folders.push(entry as FileSystemDirectoryEntry)
    else if (file !== null) files.push(file)
  }
  return { ...byPurpose(files), folders }
}

/** The same for files that came in another way. */
export function byPurpose(files: readonly File[]): Dropped {
  const suiting = (purpose: keyof Dropped) => files.filter((file) => purposeOf(file) === purpose)
  return {
    pictures: suiting('pictures'),
    drivers: suiting('drivers'),
    packed: suiting('packed'),
    folders: [],
    checkpoints: suiting('checkpoints'),
    unknown: suiting('unknown').map(({ name }) => name),
  }
}

/** The same with motions told from models, whose names say nothing of it. */
export async function motionsApart(dropped: Dropped): Promise<Dropped> {
  const checkpoints: File[] = []
  const drivers = [...dropped.drivers]
  for (const file of dropped.checkpoints) ((await isMotion(file)) ? drivers : checkpoints).push(file)
  return { ...dropped, checkpoints, drivers }
}

/** On the page of models a zip is a checkpoint, as face-alignment's landmark network is one; elsewhere it is a project. */
export function onModelsPage(dropped: Dropped): Dropped {
  const isZip = ({ name }: File) => /\.zip$/i.test(name)
  return {
    ...dropped,
    packed: dropped.packed.filter((file) => !isZip(file)),
    checkpoints: [...dropped.checkpoints, ...dropped.packed.filter(isZip)],
  }
}

/** All files of a folder with their paths in it. */
async function filesIn(folder: FileSystemDirectoryEntry, path = ''): Promise<[path: string, file: File][]> {
  const found: [string, File][] = []
  for (const entry of await entriesOf(folder)) {
    if (entry.isDirectory) {
      found.push(...(await filesIn(entry as FileSystemDirectoryEntry, `${path}${entry.name}/`)))
    } else found.push([path + entry.name, await fileOf(entry as FileSystemFileEntry)])
  }
  return found
}

async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const entries: FileSystemEntry[] = []
  // The reader gives a hundred at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (some.length === 0) return entries
    entries.push(...some)
  }
}

const fileOf = (entry: FileSystemFileEntry) =>
  new Promise<File>((resolve, reject) => entry.file(resolve, reject))

/** By one of these the folder of a project or of a run is known. */
const marks = ['project.json', 'run.json', 'card.json']

/** The folder of a project, or of a run, as one zip; undefined for any other. */
export async function packFolder(
  folder: FileSystemDirectoryEntry,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const files = await filesIn(folder)
  if (!files.some(([path]) => marks.includes(path))) return undefined
  const chunks: Uint8Array<ArrayBuffer>[] = []
  const zip = new Zip((error, chunk) => {
    if (error) throw error
    chunks.push(chunk as Uint8Array<ArrayBuffer>)
  })
  for (const [path, file] of files) {
    // Pictures and arrays do not become smaller.
    const entry = new ZipPassThrough(path)
    zip.add(entry)
    entry.push(new Uint8Array(await file.arrayBuffer()), true)
  }
  zip.end()
  return new Uint8Array(await new Blob(chunks).arrayBuffer())
}
