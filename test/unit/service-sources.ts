import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Where `serviceSources` lie. */
export const sourceRoot = join(import.meta.dirname, '../../src')

/** The files whose words the window may show: all of TypeScript but the window's own and the command line's. */
export function serviceSources(): readonly string[] {
  const files = ['engine', 'shared', 'node', 'main'].flatMap((folder) =>
    readdirSync(join(sourceRoot, folder), { recursive: true, encoding: 'utf8' }).map(
      (name) => `${folder}/${name}`,
    ),
  )
  return files.filter((name) => /\.ts$/.test(name) && !/^node\/cli\//.test(name))
}
