import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Electron's program as npm has it; undefined where it was not fetched. */
export function electronProgram(): string | undefined {
  const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'))
  const pathFile = join(folder, 'path.txt')
  if (!existsSync(pathFile)) return undefined
  const path = join(
    process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist'),
    readFileSync(pathFile, 'utf8'),
  )
  return existsSync(path) ? path : undefined
}

/** A packaged app, which the release workflow names; undefined elsewhere. */
export const packagedApp = process.env.MIEN_APP || undefined

const fuseNames = [
  'runAsNode',
  'enableCookieEncryption',
  'enableNodeOptionsEnvironmentVariable',
  'enableNodeCliInspectArguments',
  'enableEmbeddedAsarIntegrityValidation',
  'onlyLoadAppFromAsar',
  'loadBrowserProcessSpecificV8Snapshot',
  'grantFileProtocolExtraPrivileges',
] as const

/**
 * The fuses of a program, read from its bytes: after a mark come a version, a number of fuses, and for each of them '0',
 * '1', or 'r' where it was taken out.
 */
export function readFuses(program: string): Readonly<Record<string, boolean>> {
  const bytes = readFileSync(program)
  const mark = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
  const at = bytes.indexOf(mark)
  if (at < 0) throw new Error('This program has no fuses.')
  const wire = bytes.subarray(at + mark.length + 2, at + mark.length + 2 + bytes[at + mark.length + 1]!)
  return Object.fromEntries(fuseNames.map((name, i) => [name, wire[i] === '1'.charCodeAt(0)]))
}
