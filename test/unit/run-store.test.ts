import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { newRecord } from '../../src/node/runs/record/record.ts'
import { createRunStore } from '../../src/node/runs/store.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'

/** A store over runs in a folder; looking up the runs of a project waits for `gate`. */
function storeOver(folder: string) {
  const queue = new Set<string>()
  const state = { gate: Promise.resolve() }
  const projects = {
    owned: async <T>(_: string, work: () => Promise<T>) => work(),
    runs: async () => {
      const runs = readdirSync(folder)
      await state.gate
      return runs
    },
    runFolder: async (_: string, run: string) => join(folder, run),
  }
  const store = createRunStore(
    projects,
    ({ run }) => queue.has(run),
    () => undefined,
  )
  return { store, queue, state }
}

function temporary(): string {
  const made = mkdtempSync(join(tmpdir(), 'mien-runs-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

const record = (id: string) =>
  newRecord({ id, name: id, setup: emptySetup(), pictures: [], parent: null, batch: null }, 0)

test('a run that is put into the queue while the list is looked up stays there', async () => {
  const folder = temporary()
  const { store, queue, state } = storeOver(folder)
  const key = { project: 'p', run: 'r1' }
  await store.add('p', { ...record('r1'), state: 'stopped' })
  await store.idle()

  let open = (): void => undefined
  state.gate = new Promise((resolve) => (open = resolve))
  const listed = store.of('p')
  await new Promise((resolve) => setTimeout(resolve, 20))
  store.change(key, (before) => ({ ...before, state: 'queued' }))
  queue.add('r1')
  open()
  expect((await listed).map(({ state }) => state)).toEqual(['queued'])
  expect(store.show(key).state).toBe('queued')
})

test('what another program did meanwhile is found when nothing is done here', async () => {
  const folder = temporary()
  const one = storeOver(folder).store
  const two = storeOver(folder).store
  await one.add('p', { ...record('r1'), state: 'stopped' })
  expect(await two.of('p')).toHaveLength(1)
  await one.add('p', { ...record('r2'), state: 'done' })
  one.change({ project: 'p', run: 'r1' }, (before) => ({ ...before, name: 'Renamed' }))
  await one.idle()
  mkdirSync(join(folder, 'no-run'))
  expect((await two.of('p')).map(({ name }) => name).sort()).toEqual(['Renamed', 'r2'])
})
