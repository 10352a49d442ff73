import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { newCard } from '../../src/node/runs/record/record.ts'
import { createShelf } from '../../src/node/runs/store.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'

/** A shelf over runs in a folder; looking up the runs of a project waits for `gate`. */
function shelfOver(folder: string) {
  const queue = new Set<string>()
  const state = { gate: Promise.resolve() }
  const store = {
    owned: async <T>(_: string, work: () => Promise<T>) => work(),
    runs: async () => {
      const runs = readdirSync(folder)
      await state.gate
      return runs
    },
    runFolder: async (_: string, run: string) => join(folder, run),
  }
  const shelf = createShelf(
    store,
    ({ run }) => queue.has(run),
    () => undefined,
  )
  return { shelf, queue, state }
}

function temporary(): string {
  const made = mkdtempSync(join(tmpdir(), 'mien-shelf-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

const card = (id: string) =>
  newCard({ id, name: id, setup: emptySetup(), pictures: [], parent: null, batch: null }, 0)

test('a run that is put into the queue while the list is looked up stays there', async () => {
  const folder = temporary()
  const { shelf, queue, state } = shelfOver(folder)
  const key = { project: 'p', run: 'r1' }
  await shelf.add('p', { ...card('r1'), state: 'stopped' })
  await shelf.idle()

  let open = (): void => undefined
  state.gate = new Promise((resolve) => (open = resolve))
  const listed = shelf.of('p')
  await new Promise((resolve) => setTimeout(resolve, 20))
  shelf.change(key, (before) => ({ ...before, state: 'queued' }))
  queue.add('r1')
  open()
  expect((await listed).map(({ state }) => state)).toEqual(['queued'])
  expect(shelf.show(key).state).toBe('queued')
})

test('what another program did meanwhile is found when nothing is done here', async () => {
  const folder = temporary()
  const one = shelfOver(folder).shelf
  const two = shelfOver(folder).shelf
  await one.add('p', { ...card('r1'), state: 'stopped' })
  expect(await two.of('p')).toHaveLength(1)
  await one.add('p', { ...card('r2'), state: 'done' })
  one.change({ project: 'p', run: 'r1' }, (before) => ({ ...before, name: 'Renamed' }))
  await one.idle()
  mkdirSync(join(folder, 'no-run'))
  expect((await two.of('p')).map(({ name }) => name).sort()).toEqual(['Renamed', 'r2'])
})
