import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'

/** A bundle of child.ts and a folder for files, both removed by `dispose`. */
export interface Child {
  readonly folder: string
  /** Runs the child and returns what it printed; throws if it failed or took longer than `seconds`. */
  run<T>(task: 'payloads' | 'read', file?: string, nodeOptions?: readonly string[], seconds?: number): T
  dispose(): void
}

export async function bundleChild(): Promise<Child> {
  const folder = mkdtempSync(join(tmpdir(), 'mien-hostile-'))
  await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      ssr: 'test/hostile/child.ts',
      outDir: folder,
      minify: false,
      rollupOptions: { output: { entryFileNames: 'child.mjs' } },
    },
    ssr: { noExternal: true },
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
