// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { usePlace } from '../../src/renderer/stores/place.ts'
import { useProject } from '../../src/renderer/stores/project.ts'
import { useMovedFace } from '../../src/renderer/views/workspace/run/moved-face.ts'
import { useWorkspace } from '../../src/renderer/views/workspace/workspace.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import type { LikenessOrder } from '../../src/shared/likeness.ts'
import type { Preview, Run } from '../../src/shared/run.ts'
import { fakeClient, somePicture, someProject, someRun, withStores } from './fake-client.ts'

const points = Array(136).fill(4)
const face = { box: { x: 0, y: 0, width: 8, height: 8 }, score: 1, angle: 0, points }
const setup = { ...emptySetup(), look: 'look', landmarks: 'other' }
const pictures = ['look', 'other'].map((id) =>
  somePicture({ id, faces: [face], alignment: { by: 'face', face: 0 } }),
)
const image = new Uint8Array([1])

/** A workspace that shows a run, and a service that moves faces as the test lets it. */
async function workspaceOf(change: (run: Run) => Run = (run) => run) {
  const taught = { id: 'r1', project: 'p1', setup, step: 450, state: 'done', kind: 'tuning' } as const
  const answers: ((moved: Preview | null) => void)[] = []
  const orders: LikenessOrder[] = []
  const client = fakeClient({
    'projects.open': () => ({
      project: someProject({ setup, pictures }),
      runs: [change(someRun(taught))],
      damage: [],
      readOnly: null,
    }),
    'projects.set-up': ({ setup }) => someProject({ setup, pictures }),
    'likeness.show': () => null,
    'models.list': () => [],
    'queue.list': () => [],
    'runs.metrics': () => ({ rows: [], changes: [] }),
    'runs.show': () => null,
    'runs.moved': ({ order }) => {
      orders.push(order)
      return new Promise((resolve) => answers.push(resolve))
    },
  })
  const stores = withStores(client, () => ({
    project: useProject(),
    place: usePlace(),
    workspace: useWorkspace(),
    moving: useMovedFace(),
  }))
  await stores.project.open('p1')
  stores.workspace.showRun('r1')
  await flushPromises()
  const answer = async (step: number) => {
    answers.shift()!({ run: 'r1', step, image, points: null })
    await flushPromises()
  }
  const turn = async (group: number, weight: number) => {
    const { settings } = stores.project.setup!
    stores.project.changeSettings({ groupWeights: settings.groupWeights.with(group, weight) }, 'x')
    await flushPromises()
  }
  return { ...stores, orders, answer, turn, waiting: () => answers.length }
}

test('a taught face follows what is turned, the newest wish after the one under way and none in between', async () => {
  const { workspace, orders, answer, turn, waiting } = await workspaceOf()
  expect(orders).toMatchObject([{ look: 'look', landmarks: 'other', run: null }])
  await answer(1)
  expect(workspace.shown?.step).toBe(1)
  await turn(7, 0)
  await turn(7, 0.5)
  await turn(8, 0)
  expect(waiting()).toBe(1)
  await answer(2)
  // Shown all the same: a slider that is dragged shows where the face goes.
  expect(workspace.shown?.step).toBe(2)
  expect(orders.length).toBe(3)
  expect(orders.at(-1)!.shares.slice(7)).toEqual([expect.any(Number), 0])
  await answer(3)
  expect(workspace.shown?.step).toBe(3)
  expect(waiting()).toBe(0)
})

test.each<[string, (run: Run) => Run]>([
  ['a search', ({ kind: _, ...run }) => run],
  ['a face that is being learnt', (run) => ({ ...run, state: 'running' })],
  ['the face of another look', (run) => ({ ...run, setup: { ...setup, look: 'third' } })],
])('%s is not moved', async (_, change) => {
  const { orders, workspace, moving } = await workspaceOf(change)
  expect(moving.order).toBeNull()
  expect(orders).toEqual([])
  expect(workspace.moved).toBeNull()
})
