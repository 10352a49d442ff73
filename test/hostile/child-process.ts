import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'vite'

/** A bundle of a child's source and a folder for files, both removed by `dispose`. */
export interface Child {
  readonly folder: string
  /** Runs the child and returns what it printed; throws if it failed or took longer than `seconds`. */
  run<T>(task: string, file?: string, nodeOptions?: readonly string[], seconds?: number): T
  dispose(): void
}

/** Bundles `source`, a file of this folder; sharp, which has native parts, is taken from where it is installed. */
export async function bundleChild(source = 'child.ts'): Promise<Child> {
  const folder = mkdtempSync(join(tmpdir(), 'mien-hostile-'))
  await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      ssr: `test/hostile/${source}`,
      outDir: folder,
      minify: false,
      rollupOptions: {
        external: ['sharp'],
        output: { entryFileNames: 'child.mjs', paths: { sharp: installed('sharp') } },
      },
    },
    ssr: { noExternal: true, external: ['sharp'] },
  })
  return {
    folder,
    run(task, file = '', nodeOptions = [], seconds = 30) {
      const args = [...nodeOptions, join(folder, 'child.mjs'), task, file]
      const { stdout, stderr, status } = spawnSync(process.execPath, args, {
        encoding: 'utf8',
        timeout: seconds * 1000,
      })
      if (status !== 0) throw new Error(`the child ended with ${status}: ${stderr}`)
      return JSON.parse(stdout)
    },
    dispose: () => rmSync(folder, { recursive: true }),
  }
}

function installed(name: string): string {
  return pathToFileURL(createRequire(import.meta.url).resolve(name)).href
}
