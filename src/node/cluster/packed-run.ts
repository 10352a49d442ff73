import { largestFile } from '../../shared/fields.ts'
import { readWholeFile, statusOf } from '../host/files.ts'
import { zipWriter } from '../host/zip-writer.ts'
import { filesBelow, type ProjectFile } from '../projects/contents.ts'
import { writeZipped, zippedFiles } from '../projects/pack.ts'
import { pictureFolder, recoveryFolder, runFiles } from '../runs/record/run-files.ts'
import { snapshotNames } from '../runs/record/snapshots.ts'

/** Of a packed run, in bytes. */
export const largestRun = largestFile

/**
 * The folder of a run as one file, also while it is under way. The pictures that it goes on with are left out: they are in the store
 * already. Throws MienError 'unreadable-file', 'bad-file' for a file that is too large.
 */
export async function packRun(folder: string): Promise<Uint8Array> {
  const files = await withoutOlderSnapshot((await filesBelow(folder)).filter((file) => !isKeptPicture(file)))
  const zip = zipWriter()
  for (const file of snapshotsFirst(files)) {
    const bytes = await readIfThere(file)
    if (bytes !== undefined) zip.add({ name: file.parts.join('/'), bytes })
  }
  return zip.end()
}

/** Writes a packed run into a folder. Throws MienError 'bad-file' for what is damaged or names files outside, 'unwritable'. */
export async function unpackRun(name: string, bytes: Uint8Array, folder: string): Promise<void> {
  await writeZipped(folder, zippedFiles(name, bytes, [runFiles.record]).files)
}

function isKeptPicture({ parts }: ProjectFile): boolean {
  return parts[0] === recoveryFolder && parts[1] === pictureFolder
}

/** Of two snapshots the newer one is enough: it was written whole. At 1024 each has 34 MB. */
async function withoutOlderSnapshot(files: readonly ProjectFile[]): Promise<readonly ProjectFile[]> {
  const snapshots = files.filter(isSnapshot)
  const ages = await Promise.all(snapshots.map(async ({ path }) => (await statusOf(path))?.modified ?? 0))
  const newest = snapshots[ages.indexOf(Math.max(...ages))]
  return files.filter((file) => !isSnapshot(file) || file === newest)
}

function isSnapshot({ parts }: ProjectFile): boolean {
  return parts.length === 2 && parts[0] === recoveryFolder && snapshotNames.some((name) => name === parts[1])
}

/** What is written down of a run may be ahead of its snapshot, as after a crash, but never behind. */
function snapshotsFirst(files: readonly ProjectFile[]): readonly ProjectFile[] {
  const rank = ({ parts }: ProjectFile) => (parts[0] === recoveryFolder ? 0 : 1)
  return [...files].sort((a, b) => rank(a) - rank(b))
}

/** Undefined for a file that made room for another one since it was listed. */
async function readIfThere({ path }: ProjectFile): Promise<Uint8Array | undefined> {
  try {
    return await readWholeFile(path, largestRun)
  } catch (error) {
    if ((await statusOf(path)) === undefined) return undefined
    throw error
  }
}
