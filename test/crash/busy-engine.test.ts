import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { forkEntry } from '../../src/node/engine/fork.ts'

test('what an engine tells arrives before its next step, though a snapshot goes before it', async () => {
  const engine = forkEntry(fileURLToPath(new URL('busy-engine.mjs', import.meta.url)))
  const heard: { readonly kind: string; readonly at: number }[] = []
  engine.onMessage((message) => heard.push({ kind: message.kind, at: performance.now() }))
  const over = await new Promise<number>((resolve) => engine.onExit(() => resolve(performance.now())))
  expect(heard.map(({ kind }) => kind)).toEqual(['snapshot', 'change'])
  // The step takes 3 seconds.
  expect(over - heard[1]!.at).toBeGreaterThan(1500)
})
