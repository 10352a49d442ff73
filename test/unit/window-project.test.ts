// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ServiceFailure } from '../../src/renderer/client/index.ts'
import { changed, historyOf, redone, undone } from '../../src/renderer/stores/history.ts'
import { useNotices } from '../../src/renderer/stores/notices.ts'
import { useProject } from '../../src/renderer/stores/project.ts'
import { useRuns } from '../../src/renderer/stores/runs.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import type { Setup } from '../../src/shared/setup.ts'
import { type Answers, fakeClient, somePicture, someProject, someRun, withStores } from './fake-client.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const opening: Answers = {
  'projects.open': () => ({ project: someProject(), runs: [], damage: [], readOnly: null }),
  'projects.set-up': ({ setup }) => someProject({ setup }),
  'projects.close': () => ({}),
  'queue.list': () => [],
}

function opened(answers: Answers = {}) {
  const client = fakeClient({ ...opening, ...answers })
  const stores = withStores(client, () => ({
    project: useProject(),
    runs: useRuns(),
    notices: useNotices(),
  }))
  const setUps = () => client.asked.filter(({ name }) => name === 'projects.set-up')
  return { client, ...stores, setUps }
}

test('a dragged slider is one step of undo, another slider a second one', () => {
  let history = historyOf(0)
  for (const [value, at] of [
    [1, 100],
    [2, 200],
    [3, 300],
  ] as const)
    history = changed(history, value, 'jaw', at)
  history = changed(history, 4, 'nose', 310)
  expect(undone(history).present).toBe(3)
  expect(undone(undone(history)).present).toBe(0)
  expect(redone(undone(undone(history))).present).toBe(3)
  expect(changed(history, 5, 'nose', 5000).past.at(-1)).toBe(4)
})

test('a new change forgets what was undone', () => {
  const history = changed(undone(changed(historyOf('a'), 'b', null, 0)), 'c', null, 1)
  expect(redone(history).present).toBe('c')
})

test('the setup is saved by itself a moment after the last change, once', async () => {
  const { project, setUps } = opened()
  await project.open('p1')
  project.changeSettings({ steps: 200 }, 'steps')
  project.changeSettings({ steps: 300 }, 'steps')
  expect(project.setup?.settings.steps).toBe(300)
  expect(setUps()).toEqual([])
  await vi.runAllTimersAsync()
  expect(setUps().map(({ parameters }) => parameters)).toMatchObject([
    { setup: { settings: { steps: 300 } } },
  ])
  expect(project.unsaved).toBe(false)
})

test('a picture that is being added is told of where it will be, in its project alone', async () => {
  let answer = (_: ReturnType<typeof somePicture>): void => undefined
  const { project } = opened({
    'pictures.add': () => new Promise((resolve) => (answer = resolve)),
    'projects.open': ({ project: id }) => ({
      project: someProject({ id }),
      runs: [],
      damage: [],
      readOnly: null,
    }),
  })
  await project.open('p1')
  const added = project.addPicture(new File(['x'], 'anna.jpg'), 'look')
  await vi.advanceTimersByTimeAsync(100)
  expect(project.coming).toEqual(['look'])
  await project.open('p2')
  expect(project.coming).toEqual([])
  await project.open('p1')
  expect(project.coming).toEqual(['look'])
  answer(somePicture({ id: 'a' }))
  await vi.advanceTimersByTimeAsync(100)
  expect(await added).toMatchObject({ id: 'a' })
  expect(project.coming).toEqual([])
})

test('what could not be saved stays, is told, and is tried again with the next change', async () => {
  let full = true
  const { project, notices, setUps } = opened({
    'projects.set-up': ({ setup }) => {
      if (!full) return someProject({ setup })
      throw new ServiceFailure({ code: 'unwritable', message: 'The disk is full.', hint: 'Make room.' })
    },
  })
  await project.open('p1')
  project.changeSettings({ seed: 7 })
  await vi.advanceTimersByTimeAsync(1000)
  expect(notices.list).toMatchObject([
    { tone: 'danger', failure: { code: 'unwritable', message: 'The disk is full.', hint: 'Make room.' } },
  ])
  expect(project.unsaved).toBe(true)
  full = false
  project.changeSettings({ steps: 11 })
  await vi.advanceTimersByTimeAsync(1000)
  expect(setUps()).toHaveLength(2)
  expect(project.unsaved).toBe(false)
  expect(project.setup?.settings).toMatchObject({ seed: 7, steps: 11 })
})

test('a project is saved before it is closed', async () => {
  const { client, project } = opened()
  await project.open('p1')
  project.changeSettings({ seed: 7 })
  await project.close()
  expect(client.asked.map(({ name }) => name)).toEqual(['projects.open', 'projects.set-up', 'projects.close'])
  expect(project.setup).toBeNull()
})

test('undo changes the setup back and saves that', async () => {
  const { project, setUps } = opened()
  await project.open('p1')
  const before = project.setup
  project.changeSettings({ seed: 7 })
  project.undo()
  expect(project.setup).toEqual(before)
  expect([project.canUndo, project.canRedo]).toEqual([false, true])
  await vi.runAllTimersAsync()
  expect(setUps()).toHaveLength(1)
})

const picturesOf = ({ look, landmarks }: { look: string | null; landmarks: string | null }) => [
  look,
  landmarks,
]

test('undo takes back what was turned around a drop, and never the dropped pictures', async () => {
  const { project, setUps } = opened()
  await project.open('p1')
  project.change({ look: 'a' })
  project.change({ landmarks: 'b', points: [] })
  expect(project.canUndo).toBe(false)
  await vi.runAllTimersAsync()
  project.changeSettings({ seed: 7 })
  project.undo()
  project.undo()
  await vi.runAllTimersAsync()
  expect(setUps().map(({ parameters }) => (parameters as { setup: Setup }).setup)).toMatchObject([
    { look: 'a', landmarks: 'b' },
    { look: 'a', landmarks: 'b' },
  ])
  expect(project.setup?.settings.seed).not.toBe(7)
})

test('a picture that comes between two turns stays through undo and redo', async () => {
  const { project } = opened()
  await project.open('p1')
  project.changeSettings({ seed: 7 })
  project.change({ look: 'a' })
  project.changeSettings({ seed: 8 })
  project.undo()
  project.change({ landmarks: 'b', points: [] })
  const seen = [project.undo, project.redo, project.redo].map((go) => {
    go()
    return [...picturesOf(project.setup!), project.setup?.settings.seed]
  })
  expect(seen).toEqual([
    ['a', 'b', emptySetup().settings.seed],
    ['a', 'b', 7],
    ['a', 'b', 8],
  ])
})

test('undo gives back a picture that was replaced, and exchanges back', async () => {
  const { project } = opened()
  await project.open('p1')
  project.change({ look: 'a' })
  project.change({ look: null, landmarks: 'a', points: [] })
  project.undo()
  expect(picturesOf(project.setup!)).toEqual(['a', null])
  project.redo()
  project.change({ look: 'b' })
  project.change({ landmarks: 'c', points: [] })
  const seen = [1, 2, 3].map(() => {
    project.undo()
    return picturesOf(project.setup!)
  })
  expect(seen).toEqual([
    ['b', 'a'],
    ['a', 'b'],
    ['a', 'b'],
  ])
})

test('a setup that is taken over whole gives what was missing for good, and the rest can be taken back', async () => {
  const { project } = opened()
  await project.open('p1')
  project.change({ look: 'a' })
  const { settings } = emptySetup()
  project.change({ ...emptySetup({ ...settings, seed: 7 }), look: 'c', landmarks: 'd' })
  project.undo()
  expect([...picturesOf(project.setup!), project.setup?.settings.seed]).toEqual(['a', 'd', settings.seed])
})

test('a project that is read only is not changed', async () => {
  const locked = { project: someProject(), runs: [], damage: [], readOnly: 'Another Mien has it.' }
  const { project, setUps } = opened({ 'projects.open': () => locked })
  await project.open('p1')
  project.changeSettings({ seed: 7 })
  await vi.runAllTimersAsync()
  expect(project.setup?.settings.seed).not.toBe(7)
  expect(setUps()).toEqual([])
})

test('what is looked at of a project that is read only stays, until its setup is another one', async () => {
  let theirs = someProject()
  const { client, project } = opened({
    'projects.open': () => ({ project: theirs, runs: [], damage: [], readOnly: 'Another Mien has it.' }),
  })
  const told = async () => {
    client.tell('projects', { projects: ['p1'] })
    await vi.runAllTimersAsync()
  }
  await project.open('p1')
  project.view((setup) => ({ ...setup, look: 'a' }))
  theirs = someProject({ name: 'Bo' })
  await told()
  expect([project.current?.name, project.setup?.look]).toEqual(['Bo', 'a'])
  theirs = someProject({ setup: { ...emptySetup(), look: 'b' } })
  await told()
  expect(project.setup?.look).toBe('b')
})

test('what another window did is taken over, unless there is more to save here', async () => {
  let theirs = someProject()
  const { client, project } = opened({
    'projects.open': () => ({ project: theirs, runs: [], damage: [], readOnly: null }),
    'projects.rename': ({ name }) => someProject({ name }),
  })
  await project.open('p1')
  await project.rename('Cy')
  theirs = someProject({ name: 'Bo', pictures: [somePicture()] })
  client.tell('projects', { projects: ['p1'] })
  await vi.advanceTimersByTimeAsync(0)
  expect(project.current?.name).toBe('Bo')
  expect(project.pictures).toHaveLength(1)
  theirs = someProject({ name: 'Cleo' })
  project.changeSettings({ seed: 7 })
  client.tell('projects', { projects: ['p1'] })
  await vi.advanceTimersByTimeAsync(0)
  expect(project.setup?.settings.seed).toBe(7)
  expect(project.current?.name).toBe('Bo')
  theirs = someProject({ name: 'Cleo', setup: project.setup! })
  await vi.runAllTimersAsync()
  expect(project.current?.name).toBe('Cleo')
  expect(project.canUndo).toBe(true)
})

test('when the service is back, the project is as it has it, runs that ended meanwhile too', async () => {
  let theirs = { project: someProject(), runs: [someRun()], damage: [] as string[], readOnly: null }
  const { client, project, runs, setUps } = opened({ 'projects.open': () => theirs })
  await project.open('p1')
  client.connect('lost')
  theirs = { ...theirs, project: someProject({ name: 'Bo' }), runs: [someRun({ state: 'done' })] }
  client.connect('connected')
  await vi.advanceTimersByTimeAsync(0)
  expect([project.current?.name, runs.byId.get('r1')?.state]).toEqual(['Bo', 'done'])
  client.connect('lost')
  project.changeSettings({ seed: 7 })
  client.connect('connected')
  await vi.advanceTimersByTimeAsync(0)
  expect(setUps()).toHaveLength(1)
  expect(project.setup?.settings.seed).toBe(7)
})

test('an aligned picture keeps its place among the others', async () => {
  const pictures = ['x1', 'x2', 'x3'].map((id) => somePicture({ id }))
  const { project } = opened({
    'projects.open': () => ({ project: someProject({ pictures }), runs: [], damage: [], readOnly: null }),
    'pictures.align': ({ picture, alignment }) => somePicture({ id: picture, alignment }),
  })
  await project.open('p1')
  await project.alignPicture('x2', { by: 'face', face: 1 })
  expect(project.pictures.map(({ id, alignment }) => [id, alignment.by])).toEqual([
    ['x1', 'centre'],
    ['x2', 'face'],
    ['x3', 'centre'],
  ])
})
