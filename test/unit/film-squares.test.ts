// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { useProject } from '../../src/renderer/stores/project.ts'
import { usePlayer } from '../../src/renderer/views/workspace/timeline/player.ts'
import { stripPlaces } from '../../src/renderer/views/workspace/timeline/strip.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import { fakeClient, somePicture, someProject, withStores } from './fake-client.ts'

test('a frame in which the face was nowhere keeps no other from being shown', async () => {
  const count = 4
  const driver = { id: 'd1', name: 'clip', frames: count, seconds: 1, squares: true, clip: null }
  const project = someProject({ drivers: [driver], setup: { ...emptySetup(), driver: 'd1' } })
  const client = fakeClient({
    'projects.open': () => ({ project, runs: [], damage: [], readOnly: null }),
    'drivers.timeline': () => ({
      ...{ timescale: 4, times: [0, 1, 2, 3], end: 4, lost: [], cuts: [], segments: [] },
      points: new Uint8Array(count * 136 * 4),
    }),
    'drivers.square': ({ frame }) => ({ image: frame === 1 ? null : Uint8Array.of(frame + 1) }),
  })
  const { opened, player } = withStores(client, () => ({ opened: useProject(), player: usePlayer() }))
  await opened.open('p1')
  player.strip = stripPlaces(4, 4)
  await expect
    .poll(() => [0, 1, 2, 3].map((frame) => player.squareAt(frame)?.[0]))
    .toEqual([1, undefined, 3, 4])
  // It is asked for once.
  expect(client.asked.filter(({ name }) => name === 'drivers.square')).toHaveLength(count)
})

test('until a frame comes in time any other is shown, and none in place of one that was seen', async () => {
  const count = 4
  const driver = { id: 'd1', name: 'clip', frames: count, seconds: 1, squares: false, clip: null }
  const setup = { ...emptySetup(), look: 'x1', driver: 'd1' }
  const project = someProject({ pictures: [somePicture()], drivers: [driver], setup })
  const coming = new Map<number, () => void>()
  const client = fakeClient({
    'projects.open': () => ({ project, runs: [], damage: [], readOnly: null }),
    'drivers.timeline': () => ({
      ...{ timescale: 4, times: [0, 1, 2, 3], end: 4, lost: [], cuts: [], segments: [] },
      points: new Uint8Array(count * 136 * 4),
    }),
    'films.ways': () => ['photograph'],
    'films.targets': () => null,
    'films.show': async ({ frame }) => {
      await new Promise<void>((resolve) => coming.set(frame, resolve))
      return { image: Uint8Array.of(frame), warnings: [] }
    },
  })
  const { opened, player } = withStores(client, () => ({ opened: useProject(), player: usePlayer() }))
  await opened.open('p1')
  await flushPromises()
  async function come(frame: number) {
    coming.get(frame)!()
    await flushPromises()
    return player.shown?.frame
  }
  player.goTo(2)
  await flushPromises()
  expect(player.shown).toBeNull()
  expect(await come(0)).toBe(0)
  expect(await come(1)).toBe(0)
  expect(await come(2)).toBe(2)
})
