import { join } from 'node:path'
import { abreast } from '../host/abreast.ts'
import { copyWholeFile, flushFolder, makeFolder, requireSpace, writeFileAtomic } from '../host/files.ts'
import { contentsOf, ifStillThere } from './contents.ts'
import { manifestText, readManifest } from './manifest.ts'
import { projectFiles } from './project-paths.ts'

/** Who a copy is. */
export interface CopyIdentity {
  readonly id: string
  readonly name: string
  /** When it was made, in milliseconds since 1970. */
  readonly moment: number
}

/**
 * Copies a project with its pictures and runs into an empty folder, all of it flushed to the disk, the manifest last.
 * Throws MienError 'unwritable', 'bad-file', 'unreadable-file'.
 */
export async function copyProject(
  from: string,
  to: string,
  { id, name, moment }: CopyIdentity,
): Promise<void> {
  const { project, fields } = await readManifest(from)
  const files = await contentsOf(from, project)
  await requireSpace(to, 1.05 * files.reduce((sum, { size }) => sum + size, 0))
  const folders = new Set(files.map(({ parts }) => join(to, ...parts.slice(0, -1))))
  for (const name of [projectFiles.inputs, projectFiles.runs]) folders.add(join(to, name))
  for (const folder of folders) await makeFolder(folder)
  await abreast(files, (file) => ifStillThere(file, () => copyWholeFile(file.path, join(to, ...file.parts))))
  for (const folder of folders) await flushFolder(folder)
  const copied = { ...fields, id, name, created: moment, modified: moment }
  await writeFileAtomic(join(to, projectFiles.manifest), manifestText(copied))
}
