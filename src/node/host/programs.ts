import { delimiter, join } from 'node:path'
import { exists } from './files.ts'

/** Where the first of these programs lies that is on the PATH; undefined if none is. */
export async function programOnPath(names: readonly string[]): Promise<string | undefined> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const ending = process.platform === 'win32' ? '.exe' : ''
  return firstThere(names.flatMap((name) => folders.map((folder) => join(folder, name + ending))))
}

/** The ffmpeg that is installed. */
export function findFfmpeg(): Promise<string | undefined> {
  return programOnPath(['ffmpeg'])
}

/** The first of these paths where something stands. */
export async function firstThere(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await exists(path)) return path
  return undefined
}
