import { extname, join } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import { filesInFolder, foldersIn, readWholeFile } from '../host/files.ts'
import { programFolder } from '../host/folders.ts'

/** A file of the window, as it is served. */
export interface WindowFile {
  readonly bytes: Uint8Array
  /** Its media type. */
  readonly type: string
}

/** Far more than any file of the window has. */
const largest = 32 * 2 ** 20

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.ico': 'image/x-icon',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
}

/** Where the built window lies. */
export function windowFolder(): string {
  return join(programFolder(), 'dist', 'renderer')
}

/**
 * All files of the window by their paths in its address, read at once: what is asked for later is looked up here, and no
 * path from outside touches the disk. Files of other kinds than a window has are left out.
 *
 * @throws MienError 'unreadable-file' if the window was not built.
 */
export async function readWindowFiles(folder: string): Promise<ReadonlyMap<string, WindowFile>> {
  const files = new Map<string, WindowFile>()
  await readInto(files, folder, '/')
  const page = files.get('/index.html')
  if (page === undefined) {
    throw new MienError('unreadable-file', 'The window of Mien is not there.', {
      file: folder,
      hint: 'Run "npm run build" first.',
    })
  }
  return files.set('/', page)
}

async function readInto(files: Map<string, WindowFile>, folder: string, path: string): Promise<void> {
  for (const name of await filesInFolder(folder)) {
    const type = types[extname(name)]
    if (type === undefined) continue
    files.set(`${path}${name}`, { bytes: await readWholeFile(join(folder, name), largest), type })
  }
  for (const name of await foldersIn(folder)) await readInto(files, join(folder, name), `${path}${name}/`)
}
