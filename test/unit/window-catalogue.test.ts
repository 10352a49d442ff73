// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils'
import { TooltipProvider } from 'reka-ui'
import { expect, onTestFinished, test } from 'vitest'
import { type Component, h } from 'vue'
import CatalogueList from '../../src/renderer/views/models/CatalogueList.vue'
import CatalogueChoice from '../../src/renderer/views/settings/CatalogueChoice.vue'
import type { ShownCatalogue, ShownSet } from '../../src/shared/catalogue.ts'
import { fakeClient, surroundings } from './fake-client.ts'

function setOf(more: Partial<ShownSet> = {}): ShownSet {
  const file = {
    url: 'https://example.com/a.pkl',
    name: 'a.pkl',
    bytes: 4e6,
    about: true,
    sha256: null,
    pinned: false,
  }
  return {
    ...{ id: 'one', name: 'Faces', accepted: false, citation: 'Karras et al.', memory: 3e9, files: [file] },
    licences: [{ name: 'Mine', url: 'https://example.com/licence', use: 'For research.' }],
    ...{ stepSeconds: null, missing: 4e6, installed: false, busy: false, failure: null, ...more },
  }
}

/** A window with the component over a catalogue that the test may change. */
async function shown(component: Component, sets: readonly ShownSet[], more: Partial<ShownCatalogue> = {}) {
  const state = { sets: [...sets], own: false, partials: [], ...more }
  const client = fakeClient({
    'catalogue.list': () => ({ ...state }),
    'catalogue.download': () => ({}),
    'catalogue.pause': () => ({}),
    'catalogue.remove': () => ({}),
    'catalogue.choose': () => ({}),
  })
  const view = mount(() => h(TooltipProvider, () => h(component)), {
    global: surroundings(client),
    attachTo: document.body,
  })
  onTestFinished(() => view.unmount())
  await flushPromises()
  const button = (label: string) =>
    [...document.querySelectorAll('button')].find(
      (one) => one.textContent?.trim() === label || one.getAttribute('aria-label') === label,
    )
  const commands = () => client.asked.filter(({ name }) => name !== 'catalogue.list')
  return {
    ...{ client, view, state, button, commands },
    async press(label: string) {
      button(label)!.click()
      await flushPromises()
    },
    async told() {
      client.tell('catalogue', {})
      await flushPromises()
    },
  }
}

test('a set says how long a step of it takes here, where that is known', async () => {
  const { view } = await shown(CatalogueList, [setOf({ stepSeconds: 2.6789 })])
  expect(view.text()).toContain('a search needs 3 GB of memory · about 2.7 s a step on this machine')
})

test('a set says its licence, its size and its files, and asks for the licence before its first download', async () => {
  const { view, press, commands } = await shown(CatalogueList, [setOf()])
  const text = view.text()
  for (const said of [
    '4 MB to download',
    'needs 3 GB of memory',
    'Licence: Mine.',
    'For research.',
    'about 4 MB',
  ]) {
    expect(text).toContain(said)
  }
  expect(text).not.toContain('a step')
  expect(text).toMatch(
    /download these files elsewhere and drop them.*https:\/\/example\.com\/a\.pkl.*No SHA-256/s,
  )
  await press('Download')
  expect(commands()).toEqual([])
  expect(document.querySelector('[role=dialog]')?.textContent).toMatch(
    /“Faces”.*https:\/\/example\.com\/licence/s,
  )
  await press('Accept and download')
  expect(commands()).toEqual([{ name: 'catalogue.download', parameters: { set: 'one', accept: true } }])
})

test('with its licence accepted one press is enough, and what is there already is said', async () => {
  const { press, commands } = await shown(CatalogueList, [setOf({ accepted: true, missing: 1e6 })])
  await press('Resume')
  expect(commands()).toEqual([{ name: 'catalogue.download', parameters: { set: 'one', accept: false } }])
})

test('a download says how far it is, how fast, and how long it takes; it can be paused', async () => {
  const { client, view, state, press, told, commands } = await shown(CatalogueList, [
    setOf({ busy: true }),
    setOf({ id: 'two', name: 'Paintings', busy: true }),
  ])
  const progress = {
    stage: 'downloading',
    held: 1e6,
    bytes: 4e6,
    bytesPerSecond: 5e5,
    secondsLeft: 6,
  } as const
  client.tell('catalogue.progress', { set: 'one', progress })
  await flushPromises()
  expect(view.text()).toContain('1 MB of 4 MB · 500 kB per second · 6 sec left')
  expect(view.text()).toContain('Waiting for the other download')
  expect(view.find('progress').attributes('value')).toBe('0.25')
  client.tell('catalogue.progress', { set: 'one', progress: { stage: 'importing', done: 0.5 } })
  await flushPromises()
  expect(view.text()).toContain('Checking and converting')
  await press('Pause')
  expect(commands()).toEqual([{ name: 'catalogue.pause', parameters: { set: 'one' } }])
  state.sets = [setOf({ installed: true, missing: 0 })]
  await told()
  expect(view.text()).toContain('Installed')
  expect(view.find('progress').exists()).toBe(false)
})

test('a failure stays with its advice, and what came can be removed', async () => {
  const failure = { code: 'download', message: 'It broke off.', hint: 'Try again.' }
  const partials = [{ id: 'abc', name: 'a.pkl', held: 1e6, bytes: 4e6 }]
  const { view, press, commands } = await shown(CatalogueList, [setOf({ failure })], { partials })
  expect(view.find('[role=status]').text()).toMatch(/It broke off\.\s*Try again\./)
  expect(view.text()).toContain('a.pkl: 1 MB of 4 MB')
  await press('Remove what has arrived of a.pkl')
  expect(commands()).toEqual([{ name: 'catalogue.remove', parameters: { partial: 'abc' } }])
})

test('the settings say whose catalogue it is, and give that of Mien back', async () => {
  const { view, state, button, press, told, commands } = await shown(CatalogueChoice, [], { own: true })
  expect(view.text()).toContain('A catalogue of your own')
  await press('Use Mien’s own')
  expect(commands()).toEqual([{ name: 'catalogue.choose', parameters: { upload: null } }])
  state.own = false
  await told()
  expect(view.text()).toContain('Mien’s own catalogue')
  expect(button('Use Mien’s own')).toBeUndefined()
})
