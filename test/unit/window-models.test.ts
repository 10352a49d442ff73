// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils'
import { TooltipProvider } from 'reka-ui'
import { expect, test } from 'vitest'
import { h } from 'vue'
import { useModels } from '../../src/renderer/stores/models.ts'
import ModelsView from '../../src/renderer/views/models/ModelsView.vue'
import { type Imported, type Model, mostImported } from '../../src/shared/models.ts'
import { fakeClient, surroundings, withStores } from './fake-client.ts'

function modelOf(id: string, more: Partial<Model> = {}): Model {
  return {
    ...{ id, name: id, version: null, licence: null, origin: 'imported', parts: ['generator'] },
    ...{ resolution: 64, bytes: 1, sha256: {}, source: null, settings: null, fault: null },
    ...{ classes: 0, original: null, companions: [], project: null, ...more },
  }
}

const file = (name: string) => new File(['x'], name)
const failure = { code: 'bad-file', message: 'It is torn.', hint: 'Look for another.' }

/** A service that imports each upload as a model of its own, but for those that are torn. */
function importing() {
  const asked: string[][] = []
  const client = fakeClient({
    'models.list': () => [],
    'models.import': ({ uploads }) => {
      asked.push([...uploads])
      return uploads.map(
        (upload): Imported =>
          upload.includes('torn')
            ? { uploads: [upload], refusal: failure }
            : { uploads: [upload], model: modelOf(upload) },
      )
    },
  })
  client.upload = async ({ name }) => name
  return { asked, models: withStores(client, useModels) }
}

test('what two files are is left to the service; each model that came of them is given', async () => {
  const { asked, models } = importing()
  const taken = await models.bringInAll([file('a'), file('b')])
  expect(asked).toEqual([['a', 'b']])
  expect(taken.map(({ id }) => id)).toEqual(['a', 'b'])
  expect(models.importing).toBeNull()
})

test('a refusal keeps nothing else out, and stays with the names of its files until it is dismissed', async () => {
  const { models } = importing()
  const taken = await models.bringInAll([file('a'), file('torn-1'), file('torn-2'), file('b')])
  expect(taken.map(({ id }) => id)).toEqual(['a', 'b'])
  expect(models.busy).toBe(false)
  expect(models.importing?.refusals).toEqual([
    { names: ['torn-1'], failure },
    { names: ['torn-2'], failure },
  ])
  models.dismiss()
  expect(models.importing).toBeNull()
})

test('many files are brought in by as many at once as the service takes', async () => {
  const { asked, models } = importing()
  const files = Array.from({ length: mostImported + 1 }, (_, i) => file(`f${i}`))
  expect(await models.bringInAll(files)).toHaveLength(mostImported + 1)
  expect(asked.map(({ length }) => length)).toEqual([mostImported, 1])
})

test('a model with a fault is shown with its reason, and can be removed', async () => {
  let listed = [modelOf('sound'), modelOf('damaged', { parts: [], fault: failure })]
  const client = fakeClient({
    'models.list': () => listed,
    'catalogue.list': () => ({ sets: [], own: false, partials: [] }),
    'models.remove': ({ model }) => {
      listed = listed.filter(({ id }) => id !== model)
      return {}
    },
  })
  const view = mount(() => h(TooltipProvider, () => h(ModelsView)), {
    global: surroundings(client),
    attachTo: document.body,
  })
  await flushPromises()
  const rows = () => view.findAll('li').map((row) => row.text())
  expect(rows()[1]).toMatch(/“damaged” cannot be used.*It is torn\..*Look for another\./s)
  await view.find('[aria-label="Remove: damaged"]').trigger('click')
  const dialog = () => document.querySelector('[role=dialog], [role=alertdialog], dialog[open]')
  expect(dialog()?.textContent).toContain('Its folder is deleted')
  const confirm = [...document.querySelectorAll('button')].find(
    ({ textContent }) => textContent?.trim() === 'Remove',
  )
  confirm!.click()
  await flushPromises()
  expect(rows()).toHaveLength(1)
  view.unmount()
})
