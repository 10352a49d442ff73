// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils'
import { TooltipProvider } from 'reka-ui'
import { expect, test } from 'vitest'
import { h } from 'vue'
import RunIndicator from '../../src/renderer/shell/RunIndicator.vue'
import { progressOf } from '../../src/renderer/shell/run-progress.ts'
import { joined, mostRows } from '../../src/renderer/stores/metrics.ts'
import { usePlace } from '../../src/renderer/stores/place.ts'
import { useRuns } from '../../src/renderer/stores/runs.ts'
import { fakeClient, someRun, surroundings, withStores } from './fake-client.ts'

const row = (step: number) => ({ step, seconds: 1, perceptual: 1, landmark: 1, noiseReg: 1, loss: 1 })

test('rows that were told while the past was asked for come once', () => {
  const past = { rows: [row(1), row(2), row(3)], changes: [{ step: 2, kind: 'weights' }] }
  const told = { rows: [row(3), row(4)], changes: [{ step: 2, kind: 'weights' }] }
  const { rows, changes } = joined(past, told)
  expect(rows.map(({ step }) => step)).toEqual([1, 2, 3, 4])
  expect(changes).toHaveLength(1)
})

test('rows that were missed find their place before one that came first', () => {
  const rows = Array.from({ length: 201 }, (_, step) => row(step))
  const changes = [50, 150].map((step) => ({ step, kind: 'weights' }))
  const known = { rows: rows.slice(0, 100), changes: changes.slice(0, 1) }
  const early = joined(known, { rows: rows.slice(200), changes: [] })
  const whole = joined(early, { rows: rows.slice(100), changes })
  expect(whole).toEqual({ rows, changes })
})

test('a long run keeps its course with fewer rows, the newest whole', () => {
  const rows = Array.from({ length: mostRows + 1 }, (_, step) => row(step))
  const kept = joined({ rows: [], changes: [] }, { rows, changes: [] }).rows
  expect(kept.length).toBeLessThanOrEqual(Math.ceil(mostRows * 0.75) + 1)
  expect(kept[0]!.step).toBe(0)
  expect(kept.slice(-1000).map(({ step }) => step)).toEqual(rows.slice(-1000).map(({ step }) => step))
})

test('a held run has no end', () => {
  expect(progressOf(someRun({ step: 25, steps: 100 }))).toBe(0.25)
  expect(progressOf(someRun({ steps: null }))).toBeNull()
  expect(progressOf(someRun({ state: 'queued' }))).toBeNull()
})

test('metrics are kept of followed runs alone, from their beginning', async () => {
  const client = fakeClient({ 'runs.metrics': () => ({ rows: [row(1), row(2)], changes: [] }) })
  const runs = withStores(client, useRuns)
  client.tell('run', someRun())
  client.tell('run.metrics', { run: 'r1', rows: [row(1)], changes: [] })
  expect(runs.metrics.get('r1')).toBeUndefined()
  const following = runs.follow(someRun())
  client.tell('run.metrics', { run: 'r1', rows: [row(3)], changes: [] })
  await following
  expect(runs.metrics.get('r1')?.rows.map(({ step }) => step)).toEqual([1, 2, 3])
})

test('whole pictures are kept of few runs and of the one that is followed, small ones of the others', async () => {
  const asked: unknown[] = []
  const client = fakeClient({
    'runs.metrics': () => ({ rows: [], changes: [] }),
    'runs.show': ({ run, size }) => {
      asked.push([run, size])
      return { run, step: 1, image: new Uint8Array([1]), points: null }
    },
  })
  const runs = withStores(client, useRuns)
  const ids = Array.from({ length: 40 }, (_, i) => `run-${i}`)
  await runs.follow(someRun({ id: 'run-0' }))
  for (const run of ids)
    client.tell('run.preview', { run, step: 2, image: new Uint8Array([2]), points: null })
  expect(runs.previews.size).toBeLessThanOrEqual(24)
  expect([runs.previews.has('run-0'), runs.previews.has('run-1'), runs.previews.has('run-39')]).toEqual([
    true,
    false,
    true,
  ])
  for (const id of ['run-1', 'run-1', 'run-39']) await runs.seeThumb(someRun({ id }))
  expect(asked).toEqual([['run-1', 256]])
  expect(runs.thumbs.get('run-1')?.image).toEqual(new Uint8Array([1]))
})

test('an answer that comes after a newer event does not take a run back', async () => {
  const running = someRun({ state: 'running' })
  let answer = (_: typeof running): void => undefined
  const client = fakeClient({ 'runs.stop': () => new Promise((resolve) => (answer = resolve)) })
  const runs = withStores(client, useRuns)
  client.tell('run', running)
  const stopping = runs.stop(running)
  await flushPromises()
  client.tell('run', { ...running, state: 'stopped' })
  answer(running)
  await stopping
  expect(runs.byId.get('r1')?.state).toBe('stopped')
  const again = runs.stop(running)
  await flushPromises()
  answer({ ...running, state: 'done' })
  await again
  expect(runs.byId.get('r1')?.state).toBe('done')
})

test('the system can ask for a project: a file that was opened, a notification that was clicked', () => {
  const client = fakeClient({})
  const place = withStores(client, usePlace)
  client.tell('project.open', { project: 'p7' })
  expect(place.current).toEqual({ view: 'workspace', project: 'p7' })
})

test('the bar says what runs and how far it is, and goes there', async () => {
  const [active, waiting] = [someRun({ step: 43 }), someRun({ id: 'r2', state: 'queued', name: 'Next' })]
  const client = fakeClient({ 'queue.list': () => [active, waiting] })
  const wrapper = mount(() => h(TooltipProvider, () => h(RunIndicator)), { global: surroundings(client) })
  expect(wrapper.text()).toBe('')
  client.tell('queue', { runs: ['r1', 'r2'] })
  await flushPromises()
  expect(wrapper.text()).toContain('Balanced')
  expect(wrapper.text()).toContain('43 % · 2 min left')
  expect(wrapper.text()).toContain('+1')
  client.tell('run', someRun({ state: 'paused', step: 44 }))
  await flushPromises()
  expect(wrapper.text()).toContain('paused · 44 steps')
  await wrapper.get('.run').trigger('click')
  expect(usePlace().current).toEqual({ view: 'workspace', project: 'p1', run: 'r1' })
  client.tell('queue', { runs: [] })
  await flushPromises()
  expect(wrapper.text()).toBe('')
})

test('after the connection was lost, the queue and the missed metrics are asked for', async () => {
  let lost = false
  const client = fakeClient({
    'queue.list': () => [someRun({ step: 80 })],
    'runs.metrics': ({ from }) => ({ rows: lost ? [row(from), row(from + 1)] : [row(1)], changes: [] }),
  })
  const runs = withStores(client, useRuns)
  client.tell('run', someRun())
  await runs.follow(someRun())
  lost = true
  client.connect('connected')
  await flushPromises()
  expect(runs.queued.map(({ step }) => step)).toEqual([80])
  expect(runs.metrics.get('r1')?.rows.map(({ step }) => step)).toEqual([1, 2, 3])
})
