// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { useProject } from '../../src/renderer/stores/project.ts'
import { usePlayer } from '../../src/renderer/views/workspace/timeline/player.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import type { Driver } from '../../src/shared/driver.ts'
import { type Setup, withDriver } from '../../src/shared/setup.ts'
import { fakeClient, someProject, withStores } from './fake-client.ts'

const frames = 10

const drivers: Driver[] = ['d1', 'd2'].map((id) => ({
  ...{ id, name: id, frames, seconds: 0.4, squares: false, clip: null },
}))

/** A player in a window with a project that is driven, over a service that keeps what it is told. */
async function playerOf(readOnly: string | null = null) {
  let kept: Setup = { ...emptySetup(), driver: 'd1' }
  const project = () => someProject({ setup: kept, drivers })
  const client = fakeClient({
    'projects.open': () => ({ project: project(), runs: [], damage: [], readOnly }),
    'projects.close': () => ({}),
    'projects.set-up': ({ setup }) => {
      kept = setup
      return project()
    },
    'drivers.timeline': () => ({
      ...{ timescale: 25, times: Array.from({ length: frames }, (_, i) => i), end: frames },
      ...{ lost: [], cuts: [], segments: [{ start: 0, end: frames }], points: new Uint8Array() },
    }),
  })
  const stores = withStores(client, () => ({ project: useProject(), player: usePlayer() }))
  const open = async () => {
    await stores.project.open('p1')
    await flushPromises()
  }
  await open()
  const saves = () => client.asked.filter(({ name }) => name === 'projects.set-up').length
  return { ...stores, open, saves }
}

test('a part that is marked is there again when its project was left', async () => {
  const { project, player, open } = await playerOf()
  player.mark('from', 3)
  player.mark('to', 7)
  await project.close()
  expect(player.marked).toBeNull()
  await open()
  expect(player.range).toEqual([3, 7])
  player.markAll()
  await project.close()
  await open()
  expect(player.marked).toBeNull()
})

test('it is undone as other settings are, and goes with its driver', async () => {
  const { project, player } = await playerOf()
  player.mark('to', 7)
  project.edit((setup) => withDriver(setup, 'd2'))
  await flushPromises()
  expect(player.marked).toBeNull()
  project.undo()
  await flushPromises()
  expect(player.marked).toEqual([0, 7])
  project.undo()
  expect(player.marked).toBeNull()
})

test('a project that cannot be changed can be marked as long as it is open, and is changed by nothing else', async () => {
  const { project, player, open, saves } = await playerOf('Another window has it.')
  player.mark('from', 2)
  project.undo()
  project.edit((setup) => withDriver(setup, 'd2'))
  await flushPromises()
  expect(player.marked).toEqual([2, frames])
  expect(project.unsaved).toBe(false)
  await project.close()
  expect(saves()).toBe(0)
  await open()
  expect(player.marked).toBeNull()
})
