import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { serviceSources, sourceRoot } from './service-sources.ts'

/** What only the command line asks of these files. */
const ofTheCommandLine = [
  // For the window the service chooses a class wherever there is one, and only there.
  'engine/network/stylegan2/conditional-mapping.ts',
  'engine/network/stylegan2/generator.ts',
  // The queue of a cluster is worked with from terminals.
  ...['follow', 'job-queue', 'job-worker', 'overview'].map((name) => `node/cluster/${name}.ts`),
  'node/models/store.ts',
  // Runs that make films are begun on the command line alone.
  'node/runs/film-run.ts',
  'node/runs/kinds/film/film.ts',
  'node/runs/kinds/projection/latent-file.ts',
  'node/runs/kinds/projection/projection.ts',
  'node/store/folder-store.ts',
  'node/web/web-host.ts',
  'node/worker/pictures.ts',
]

test('errors that the window may show advise nothing that only a terminal knows', () => {
  const texts = serviceSources()
  expect(texts.length).toBeGreaterThan(100)
  const advising = texts.filter((name) => {
    const literals = readFileSync(join(sourceRoot, name), 'utf8')
      .replace(/^\s*(\/?\*|\/\/).*$/gm, '')
      .matchAll(/'[^'\n]*'|"[^"\n]*"|`[^`]*`/g)
    return [...literals].some(
      ([text]) => /(?:^|[^\w-])--[a-z][a-z-]+(?!=)\b|"mien [a-z]/.test(text) && text.includes(' '),
    )
  })
  expect(advising.sort()).toEqual([...ofTheCommandLine].sort())
})
