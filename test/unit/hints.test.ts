import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../src')

/** What only the command line asks of these files. */
const ofTheCommandLine = [
  'node/service/model-library.ts',
  'node/service/projection-run.ts',
  'node/web/web-host.ts',
  'node/worker/pictures.ts',
]

test('errors that the window may show advise nothing that only a terminal knows', () => {
  const files = ['engine', 'shared', 'node', 'main'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  )
  const texts = files.filter((name) => /\.ts$/.test(name) && !/^node\/cli\//.test(name))
  expect(texts.length).toBeGreaterThan(100)
  const advising = texts.filter((name) => {
    const literals = readFileSync(join(root, name), 'utf8')
      .replace(/^\s*(\/?\*|\/\/).*$/gm, '')
      .matchAll(/'[^'\n]*'|"[^"\n]*"|`[^`]*`/g)
    return [...literals].some(
      ([text]) => /(?:^|[^\w-])--[a-z][a-z-]+(?!=)\b|"mien [a-z]/.test(text) && text.includes(' '),
    )
  })
  expect(advising.sort()).toEqual(ofTheCommandLine)
})
