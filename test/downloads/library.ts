import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { AskEngine } from '../../src/node/engine/short-jobs.ts'

const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Imports each file as a model by its name, as the engine's jobs do, without looking into it. */
export function library(home: string): { readonly ask: AskEngine; readonly imported: string[] } {
  const imported: string[] = []
  const ask = (async (job: string, { files: given, licence }: { files: string[]; licence?: string }) => {
    if (job === 'model-sets') return { sets: given.map((file) => [file]) }
    const [path] = given as [string]
    const id = basename(path).replace(/\..*/, '')
    imported.push(id)
    const folder = join(home, 'models', id)
    mkdirSync(folder, { recursive: true })
    const sha256 = hashOf(readFileSync(path))
    const record = {
      ...{ format: 1, id, name: id, licence },
      files: { generator: { file: 'generator.safetensors', sha256 } },
      source: { file: basename(path), sha256, format: 'x', bytes: 1 },
    }
    writeFileSync(join(folder, 'generator.safetensors'), readFileSync(path))
    writeFileSync(join(folder, 'model.json'), JSON.stringify(record))
    return { record, folder, known: false }
  }) as unknown as AskEngine
  return { ask, imported }
}
