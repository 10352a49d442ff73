// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils'
import { TooltipProvider } from 'reka-ui'
import { expect, test } from 'vitest'
import { type Component, defineComponent, h } from 'vue'
import { useProject } from '../../src/renderer/stores/project.ts'
import FilmColumn from '../../src/renderer/views/workspace/film/FilmColumn.vue'
import FilmFormats from '../../src/renderer/views/workspace/film/FilmFormats.vue'
import { useFilmExport } from '../../src/renderer/views/workspace/film/film-export.ts'
import type { Result } from '../../src/shared/contract.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import type { Driver } from '../../src/shared/driver.ts'
import { fakeClient, somePicture, someProject, surroundings } from './fake-client.ts'

const frames = 4
const driver: Driver = { id: 'd1', name: 'd1', frames, seconds: 0.2, squares: false, clip: null }

/** That part of the window over a project with a film, whose frames fit so. */
async function shownOf(part: Component, fits: Result<'films.fitting'> = null) {
  const setup = { ...emptySetup(), look: 'x1', driver: 'd1' }
  const client = fakeClient({
    'projects.open': ({ project: id }) => ({
      project: someProject({ id, setup, pictures: [somePicture()], drivers: [driver] }),
      ...{ runs: [], damage: [], readOnly: null },
    }),
    'drivers.timeline': () => ({
      ...{ timescale: 25, times: Array.from({ length: frames }, (_, i) => i), end: frames },
      ...{ lost: [], cuts: [], segments: [{ start: 0, end: frames }], points: new Uint8Array() },
    }),
    'films.ways': () => ['photograph'],
    'films.targets': () => null,
    'films.show': () => ({ image: new Uint8Array(1), warnings: [] }),
    'films.fitting': () => fits,
    'films.export': () => new Promise(() => undefined),
  })
  let stores: { project: ReturnType<typeof useProject>; out: ReturnType<typeof useFilmExport> }
  const Around = defineComponent({
    setup() {
      stores = { project: useProject(), out: useFilmExport() }
      return () => h(TooltipProvider, () => h(part))
    },
  })
  const shown = mount(Around, { global: surroundings(client) })
  await stores!.project.open('p1')
  await flushPromises()
  return { shown, client, ...stores! }
}

/** What the dialog offers of a film that fits so. */
async function offered(fits: Result<'films.fitting'>) {
  const { shown, client } = await shownOf(FilmFormats, fits)
  const buttons = shown.findAll('.formats button').map((button) => ({
    name: button.text(),
    isOffered: button.attributes('disabled') === undefined,
  }))
  const asked = client.asked.filter(({ name }) => name === 'films.fitting').length
  return { buttons, text: shown.text(), asked }
}

test('a format that the film is too long for in any size is not offered, and it is said why and what to do', async () => {
  const { buttons, text } = await offered({ gif: 'none', webp: 512 })
  expect(buttons.filter(({ isOffered }) => !isOffered)).toEqual([{ name: 'GIF', isOffered: false }])
  expect(buttons.map(({ name }) => name)).toContain('WebP, 512 pixels')
  expect(text).toContain('The film is too long for a GIF, even at 256 pixels.')
  expect(text).toContain('take the MP4')
  const both = await offered({ gif: 'none', webp: 'none' })
  expect(both.buttons.filter(({ isOffered }) => !isOffered).map(({ name }) => name)).toEqual(['GIF', 'WebP'])
  expect(both.text).toContain('too long for a GIF or WebP')
})

test('of a film that fits as it is nothing is said, and its sizes are asked for once', async () => {
  const { buttons, text, asked } = await offered({ gif: 'asked', webp: 'asked' })
  expect(buttons.every(({ isOffered }) => isOffered)).toBe(true)
  expect(buttons.map(({ name }) => name)).toContain('GIF')
  expect(text).not.toContain('too long')
  expect(asked).toBe(1)
})

test('how far a film is that is made is seen without its dialog, too', async () => {
  const { shown, client, out, project } = await shownOf(FilmColumn)
  const button = () => shown.get('.place > button').text()
  expect(button()).toBe('Export the film')
  void out.take({ format: 'mp4', form: 'square', loop: false, beside: false, sound: false })
  client.tell('film.progress', { project: 'p1', done: 0.4 })
  await flushPromises()
  expect(button()).toBe('Exporting: 40%')
  await project.open('p2')
  await flushPromises()
  expect(button()).toBe('Exporting another film: 40%')
})
