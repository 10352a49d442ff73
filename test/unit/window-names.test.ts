// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import * as v from 'valibot'
import { afterEach, expect, test } from 'vitest'
import { defineComponent } from 'vue'
import { useRunNames } from '../../src/renderer/components/run-name.ts'
import { i18n, speak } from '../../src/renderer/locales/language.ts'
import { useProjects } from '../../src/renderer/stores/projects.ts'
import { runTitle } from '../../src/shared/run-naming.ts'
import { fakeClient, someSummary, withStores } from './fake-client.ts'

afterEach(() => speak('en'))

function runNames() {
  let names: ReturnType<typeof useRunNames>
  const Asking = defineComponent({
    setup() {
      names = useRunNames()
      return () => []
    },
  })
  mount(Asking, { global: { plugins: [i18n] } })
  return names!
}

test('a run that nobody named is called in the language of the window, whichever window started it', () => {
  const { named, runName } = runNames()
  const namings = [
    { kind: 'run', number: 9 },
    { kind: 'seed', seed: 303 },
    { kind: 'term', term: 'colour', weight: 0.25 },
    { kind: 'group', group: 0, weight: 1.5 },
  ] as const
  speak('de')
  const titles = namings.map(named)
  for (const title of titles) expect(v.is(v.strictObject(runTitle), title)).toBe(true)
  expect(titles.map(({ name }) => name)).toEqual(['Run 9', 'Seed 303', 'Colours 0.25', 'Jaw 1.5'])
  expect(titles.map(runName)).toEqual(['Lauf 9', 'Startzahl 303', 'Farben 0,25', 'Kiefer 1,5'])
  speak('en')
  expect(titles.map(runName)).toEqual(titles.map(({ name }) => name))
})

test('a branch is called after what it goes on from, which keeps the name that somebody gave it', () => {
  const { named, namedBranch, runName } = runNames()
  const first = namedBranch(named({ kind: 'run', number: 3 }), 40)
  const second = namedBranch(first, 25)
  const ofGiven = namedBranch({ name: 'Run 3' }, 40)
  expect([first, second, ofGiven].map(({ name }) => name)).toEqual([
    'Run 3 from step 40',
    'Run 3 from step 40 from step 25',
    'Run 3 from step 40',
  ])
  speak('de')
  expect([first, second, ofGiven].map(runName)).toEqual([
    'Lauf 3 ab Schritt 40',
    'Lauf 3 ab Schritt 40 ab Schritt 25',
    'Run 3 ab Schritt 40',
  ])
  expect(runName({ name: 'Run 3' })).toBe('Run 3')
})

test('the example is called in the language of the window, found and sorted by that, until somebody renames it', async () => {
  const list = [
    someSummary({ id: 'example', name: 'Example' }),
    someSummary({ id: 'p1', name: 'Example' }),
    someSummary({ id: 'p2', name: 'Carla' }),
  ]
  const client = fakeClient({
    'projects.list': () => list,
    'projects.bin': () => [],
    'projects.rename': () => ({ ...list[0]!, name: 'Mine' }) as never,
  })
  const projects = withStores(client, useProjects)
  await projects.load()
  const shown = () => projects.shown.map(({ name }) => name)
  speak('de')
  expect(shown()).toContain('Beispiel')
  projects.search = 'beispiel'
  expect(shown()).toEqual(['Beispiel'])
  projects.search = 'example'
  expect(projects.shown.map(({ id }) => id)).toEqual(['p1'])
  projects.search = ''
  await projects.rename('example', 'Beispiel')
  expect(client.asked.some(({ name }) => name === 'projects.rename')).toBe(false)
  await projects.rename('example', 'Mine')
  expect(projects.named('example')?.name).toBe('Mine')
  speak('en')
})
