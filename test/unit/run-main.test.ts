import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

test('a program in TypeScript may import modules for as long as it runs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mien-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  write('late.ts', 'export const code: number = 7')
  write(
    'main.ts',
    `export async function main(args: readonly string[]): Promise<number> {
      await new Promise((resolve) => setTimeout(resolve, 50))
      const { code } = await import('./late.ts')
      return code * args.length
    }`,
  )
  const runner = pathToFileURL(join(import.meta.dirname, '../../build/run-main.mjs')).href
  write(
    'run.mjs',
    `import { runMain } from ${JSON.stringify(runner)}
    await runMain(new URL('./main.ts', import.meta.url))`,
  )
  const { status, stderr } = spawnSync(process.execPath, [join(folder, 'run.mjs'), 'a', 'b'], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(status).toBe(14)
})
