// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils'
import { TooltipProvider } from 'reka-ui'
import * as v from 'valibot'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Component, defineComponent, h } from 'vue'
import { usePlace } from '../../src/renderer/stores/place.ts'
import { useProject } from '../../src/renderer/stores/project.ts'
import CropDialog from '../../src/renderer/views/workspace/crop/CropDialog.vue'
import FaceDrawing from '../../src/renderer/views/workspace/face-map/FaceDrawing.vue'
import FaceMap from '../../src/renderer/views/workspace/face-map/FaceMap.vue'
import HeatMapLayer from '../../src/renderer/views/workspace/pictures/HeatMapLayer.vue'
import TargetPane from '../../src/renderer/views/workspace/pictures/TargetPane.vue'
import FaceBefore from '../../src/renderer/views/workspace/run/FaceBefore.vue'
import HistoryScrubber from '../../src/renderer/views/workspace/run/HistoryScrubber.vue'
import ResultVerdict from '../../src/renderer/views/workspace/run/ResultVerdict.vue'
import RunBar from '../../src/renderer/views/workspace/run/RunBar.vue'
import RunList from '../../src/renderer/views/workspace/run/RunList.vue'
import ModelChoices from '../../src/renderer/views/workspace/search/ModelChoices.vue'
import SearchSettings from '../../src/renderer/views/workspace/search/SearchSettings.vue'
import SetupColumn from '../../src/renderer/views/workspace/search/SetupColumn.vue'
import StartPlace from '../../src/renderer/views/workspace/search/StartPlace.vue'
import { useSteering } from '../../src/renderer/views/workspace/use-steering.ts'
import { useWorkspace } from '../../src/renderer/views/workspace/workspace.ts'
import { contract } from '../../src/shared/contract.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import { modelFor } from '../../src/shared/model-choice.ts'
import type { Model } from '../../src/shared/models.ts'
import { defaultPreferences } from '../../src/shared/preferences.ts'
import type { Run } from '../../src/shared/run.ts'
import { modelParts } from '../../src/shared/settings.ts'
import {
  type Answers,
  type FakeClient,
  fakeClient,
  somePicture,
  someProject,
  someRun,
  surroundings,
} from './fake-client.ts'

const setup = { ...emptySetup(), look: 'x1', landmarks: 'x2' }
const answers: Answers = {
  'projects.set-up': ({ setup }) => someProject({ setup }),
  'projects.close': () => ({}),
  'runs.metrics': () => ({ rows: [], changes: [] }),
  'runs.show': () => null,
  'runs.history': () => [],
  'models.list': () => [],
  'runs.steer': () => someRun(),
}

/** A component in the workspace of an open project with these runs. */
async function inWorkspace(part: Component, runs: Run[], more: Answers = {}, props = {}) {
  const client = fakeClient({
    'projects.open': () => ({ project: someProject({ setup }), runs, damage: [], readOnly: null }),
    ...answers,
    ...more,
  })
  let stores: { project: ReturnType<typeof useProject>; workspace: ReturnType<typeof useWorkspace> }
  const Around = defineComponent({
    setup() {
      stores = { project: useProject(), workspace: useWorkspace() }
      return () =>
        h(TooltipProvider, () => [stores.project.current ? h(part, props) : null, h('div', { id: 'menus' })])
    },
  })
  const wrapper = mount(Around, { global: surroundings(client), attachTo: document.body })
  await stores!.project.open('p1')
  await flushPromises()
  return { wrapper, client, ...stores! }
}

const named = (client: FakeClient, name: string) =>
  client.asked.filter((one) => one.name === name).map(({ parameters }) => parameters)

afterEach(() => {
  document.body.innerHTML = ''
})

/** What the service answers to changed preferences. */
const asPreferences = (changed: object) => ({ ...defaultPreferences, ...changed })

const drawing = {
  weights: [0.05, 1, 1, 0.1, 1, 5, 5, 5, 5],
  names: ['jaw', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'inner lip'],
  label: 'Face map',
  selected: null,
  weightText: String,
}

test('which face of a photograph was chosen is said where its project is opened again', async () => {
  const points = Array.from({ length: 136 }, (_, i) => i % 7)
  const face = { box: { x: 0, y: 0, width: 8, height: 8 }, score: 1, points }
  const pictures = [somePicture({ faces: [face, face, face], alignment: { by: 'face', face: 1 } })]
  const opened = { project: someProject({ setup, pictures }), runs: [], damage: [], readOnly: null }
  const more: Answers = { 'projects.open': () => opened, 'pictures.show': () => ({ image: null }) }
  const { wrapper } = await inWorkspace(TargetPane, [], more, { which: 'look' })
  expect(wrapper.text()).toContain('Face 2 of 3')
})

test('a region of the face is dragged up and down, and moved by keys', async () => {
  const face = mount(FaceDrawing, { props: drawing })
  const regions = face.findAll('[role=slider]')
  expect(regions).toHaveLength(9)
  expect(regions[8]!.attributes('aria-valuenow')).toBe('5')
  Object.assign(regions[8]!.element, { setPointerCapture: () => undefined })
  await regions[8]!.trigger('pointerdown', { button: 0, clientY: 300 })
  await regions[8]!.trigger('pointermove', { clientY: 290 })
  await regions[8]!.trigger('pointermove', { clientY: 500 })
  await regions[8]!.trigger('pointerup')
  await regions[8]!.trigger('pointermove', { clientY: 100 })
  const [up, down, ...rest] = face.emitted<[number, number]>('weigh')!
  expect(up![0]).toBe(8)
  expect(up![1]).toBeGreaterThan(5)
  expect(down![1]).toBe(0)
  expect(rest).toEqual([])
  await regions[0]!.trigger('keydown', { key: 'End' })
  expect(face.emitted('weigh')!.at(-1)).toEqual([0, 20])
  await regions[8]!.trigger('keydown', { key: 'ArrowRight' })
  expect(face.emitted('select')!.at(-1)).toEqual([0])
})

test('a typed weight, a preset and undo reach the setup', async () => {
  const { wrapper, project, workspace } = await inWorkspace(FaceMap, [], { 'preferences.set': asPreferences })
  const weights = () => project.setup!.settings.groupWeights
  const rows = () => wrapper.findAll('.row .name').map((name) => name.text())
  expect(rows()).toEqual([])
  workspace.group = 8
  await flushPromises()
  expect(rows()).toEqual(['Inner lip'])
  await wrapper.find('[aria-expanded=false]').trigger('click')
  await flushPromises()
  expect(rows()).toHaveLength(9)
  const field = wrapper.findAll<HTMLInputElement>('input.number')[8]!
  await field.setValue('2,5')
  await field.trigger('keydown', { key: 'Enter' })
  expect(weights()[8]).toBe(2.5)
  await field.setValue('many')
  await field.trigger('keydown', { key: 'Enter' })
  expect(weights()[8]).toBe(2.5)
  const select = wrapper.find('select')
  expect(select.text()).toContain('Own weights')
  const mouthOnly = [...select.element.options].findIndex(({ text }) => text === 'Mouth only')
  select.element.selectedIndex = mouthOnly
  await select.trigger('change')
  expect(weights()).toEqual([0, 0, 0, 0, 0, 0, 0, 5, 5])
  expect(select.text()).not.toContain('Own weights')
  project.undo()
  expect(weights()[8]).toBe(2.5)
})

test('heat maps are not asked for again once nobody looks', async () => {
  let answer: (image: null) => void = () => undefined
  const see = vi.fn(() => new Promise<null>((resolve) => (answer = resolve)))
  const layer = mount(HeatMapLayer, { props: { of: 'r1 10', see }, global: surroundings(fakeClient({})) })
  await layer.setProps({ of: 'r1 20', see })
  layer.unmount()
  answer(null)
  await flushPromises()
  expect(see).toHaveBeenCalledTimes(1)
})

test('what was chosen and opened in a project is not there in the next one', async () => {
  const { project, workspace } = await inWorkspace(FaceMap, [], {
    'projects.open': ({ project: id }) => ({
      project: someProject({ id }),
      runs: [],
      damage: [],
      readOnly: null,
    }),
  })
  Object.assign(workspace, { group: 0, cropped: 'a', variationsOpen: true, exportOpen: true })
  await project.open('p2')
  expect(project.id).toBe('p2')
  const { group, cropped, variationsOpen, exportOpen } = workspace
  expect({ group, cropped, variationsOpen, exportOpen }).toEqual({
    group: null,
    cropped: null,
    variationsOpen: false,
    exportOpen: false,
  })
})

const model = (id: string, parts: Model['parts'], more: Partial<Model> = {}): Model => ({
  ...{ id, name: id.toUpperCase(), version: null, licence: null, origin: 'imported', parts },
  ...{ resolution: null, bytes: 1, sha256: {}, source: null, settings: null, fault: null },
  ...{ classes: 0, original: null, companions: [], project: null, ...more },
})
const pack = model('pack', ['generator', 'landmarks', 'perceptual'], { origin: 'embedded' })

test('each network is chosen where there is a choice, and one that the generator brings need not be', async () => {
  const ffhq = model('ffhq', ['generator', 'landmarks'])
  const { wrapper, project } = await inWorkspace(
    ModelChoices,
    [],
    {
      'models.list': () => [pack, ffhq, model('fan', ['landmarks'])],
    },
    { locked: null },
  )
  await flushPromises()
  const rows = () =>
    wrapper.findAll('select').map((select) => [select.attributes('aria-label'), select.element.value])
  expect(rows()).toEqual([
    ['Generator', 'pack'],
    ['Landmark model', 'pack'],
  ])
  const take = async (row: number, name: string) => {
    const select = wrapper.findAll('select')[row]!
    select.element.selectedIndex = [...select.element.options].findIndex(({ text }) => text === name)
    await select.trigger('change')
  }
  await take(1, 'FAN')
  expect(project.setup!.models).toEqual({ landmarks: 'fan' })
  await take(0, 'FFHQ')
  expect(project.setup!.models).toEqual({ generator: 'ffhq', landmarks: 'fan' })
  // What the generator brings itself follows the generator.
  await take(1, 'FFHQ')
  expect(project.setup!.models).toEqual({ generator: 'ffhq' })
  await take(1, 'PACK')
  expect(project.setup!.models).toEqual({ generator: 'ffhq', landmarks: 'pack' })
  await take(0, 'PACK')
  await take(1, 'PACK')
  expect(project.setup!.models).toEqual({})
})

test('a generator of a set is chosen with the networks that came with it', () => {
  const fan = model('fan', ['landmarks'])
  const vgg = model('vgg', ['perceptual'])
  const ffhq = model('ffhq', ['generator', 'discriminator'], { companions: ['fan', 'vgg'] })
  const taught = model('taught', ['generator'], { original: 'ffhq' })
  const taken = (generator: string, installed: readonly Model[]) =>
    modelParts.map((part) => modelFor(part, { generator }, installed)?.id)
  expect(taken('ffhq', [pack, ffhq, fan, vgg, taught])).toEqual(['ffhq', 'fan', 'vgg'])
  expect(taken('taught', [pack, ffhq, fan, vgg, taught])).toEqual(['taught', 'fan', 'vgg'])
  // One that was removed since.
  expect(taken('ffhq', [pack, ffhq, vgg])).toEqual(['ffhq', 'pack', 'vgg'])
  expect(taken('pack', [pack, ffhq, fan, vgg])).toEqual(['pack', 'pack', 'pack'])
})

test('a class is chosen where the generator has any, the first at first, and taken back by undo', async () => {
  const flowers = model('flowers', ['generator'], { classes: 3 })
  const taught = model('taught', ['generator'], { classes: 3, original: 'flowers' })
  const cars = model('cars', ['generator'], { classes: 10 })
  const { wrapper, project } = await inWorkspace(
    ModelChoices,
    [],
    { 'models.list': () => [pack, flowers, taught, cars] },
    { locked: null },
  )
  await flushPromises()
  const field = () => wrapper.find<HTMLInputElement>('input[aria-label=Class]')
  const take = async (index: number) => {
    const select = wrapper.find('select')
    select.element.selectedIndex = index
    await select.trigger('change')
  }
  expect(field().exists()).toBe(false)
  await take(1)
  expect(field().element.value).toBe('0')
  expect(wrapper.text()).toContain('0 to 2')
  await field().trigger('keydown', { key: 'ArrowUp' })
  expect(project.setup!.models).toEqual({ generator: 'flowers', class: 1 })
  await field().setValue('7')
  await field().trigger('keydown', { key: 'Enter' })
  expect(project.setup!.models).toEqual({ generator: 'flowers', class: 2 })
  // A generator that was taught a face draws the classes of its original; those of another mean something else.
  await take(2)
  expect(project.setup!.models).toEqual({ generator: 'taught', class: 2 })
  await take(3)
  expect(project.setup!.models).toEqual({ generator: 'cars' })
  expect(field().element.value).toBe('0')
  await take(0)
  expect(field().exists()).toBe(false)
  for (let i = 0; i < 3; i++) project.undo()
  await flushPromises()
  expect(project.setup!.models).toEqual({ generator: 'flowers', class: 2 })
  expect(field().element.value).toBe('2')
})

test('a run says which class it draws', async () => {
  const of = (models: Run['setup']['models']) => someRun({ setup: { ...setup, models } })
  const runs = [
    { ...of({ generator: 'flowers', class: 2 }), id: 'r1' },
    { ...of({ generator: 'flowers' }), id: 'r2' },
    { ...of({}), id: 'r3' },
  ]
  const flowers = model('flowers', ['generator'], { classes: 3 })
  const { wrapper, client } = await inWorkspace(RunList, runs, { 'models.list': () => [pack, flowers] })
  client.connect('connected')
  await flushPromises()
  const texts = wrapper.findAll('.facts').map((facts) => facts.text())
  expect(texts[2]).toMatch(/FLOWERS, class 2$/)
  expect(texts[1]).toMatch(/FLOWERS, class 0$/)
  expect(texts[0]).toMatch(/PACK$/)
})

test('a model that is chosen and not there is named, not passed off as another', async () => {
  const { wrapper, project } = await inWorkspace(
    ModelChoices,
    [],
    { 'models.list': () => [pack] },
    { locked: null },
  )
  project.change({ models: { perceptual: 'gone' } })
  await flushPromises()
  const select = wrapper.findAll('select').find((one) => one.attributes('aria-label') === 'Look model')!
  expect(select.element.selectedOptions[0]!.text).toBe('gone (not installed)')
})

test('a model that is chosen and has a fault says what is wrong with it', async () => {
  const fault = { code: 'bad-file', message: 'ffhq/model.json is torn.', hint: 'Import it again.' }
  const { wrapper, project } = await inWorkspace(
    ModelChoices,
    [],
    { 'models.list': () => [pack, model('ffhq', [], { fault })] },
    { locked: null },
  )
  expect(wrapper.find('[role=status]').exists()).toBe(false)
  project.change({ models: { generator: 'ffhq' } })
  await flushPromises()
  const select = wrapper.findAll('select').find((one) => one.attributes('aria-label') === 'Generator')!
  expect(select.element.selectedOptions[0]!.text).toBe('ffhq (cannot be used)')
  expect(wrapper.find('[role=status]').text()).toBe('ffhq/model.json is torn.\u00a0Import it again.')
})

test('the truncation of the start is a setting of the search', async () => {
  const { wrapper, project } = await inWorkspace(SearchSettings, [], { 'devices.list': () => [] })
  const slider = wrapper.find('[role=slider][aria-label="Truncation ψ"]')
  expect(slider.attributes('aria-valuenow')).toBe('0')
  await slider.trigger('keydown', { key: 'End' })
  expect(project.setup!.settings.startTruncation).toBe(1)
  project.undo()
  expect(project.setup!.settings.startTruncation).toBeUndefined()
})

test('a branch is called after its parent and the step, however long that name is', async () => {
  const name = `Run 1 from step 25 ${'🙂'.repeat(50)}`
  const run = someRun({ setup, name, state: 'stopped' })
  const { wrapper, client } = await inWorkspace(HistoryScrubber, [run], {
    'runs.history': () => [{ step: 10, keyframe: true }],
    'runs.branch': ({ name, step }) => someRun({ id: 'r2', name, parent: { run: 'r1', step } }),
  })
  await flushPromises()
  await wrapper.find('button').trigger('click')
  await flushPromises()
  const [{ name: given }] = named(client, 'runs.branch') as [{ name: string }]
  expect(given).toMatch(/^Run 1 from step 25 🙂+ from step 10$/u)
  expect(v.is(contract['runs.branch'].parameters, { project: 'p1', run: 'r1', step: 10, name: given })).toBe(
    true,
  )
})

test('the moment that a branch begins at is shown before it is pressed', async () => {
  const { wrapper, workspace, client } = await inWorkspace(
    HistoryScrubber,
    [someRun({ setup, state: 'stopped' })],
    {
      'runs.history': () =>
        [500, 709, 753, 800].map((step) => ({ step, keyframe: step === 500 || step === 753 })),
      'runs.moment': () => null,
      'runs.branch': () => someRun({ id: 'r2' }),
    },
  )
  await flushPromises()
  workspace.moment = 709
  await flushPromises()
  const button = wrapper.find('button')
  expect(button.text()).toBe('Branch from step 753')
  for (const [come, go] of [
    ['pointerenter', 'pointerleave'],
    ['focus', 'blur'],
  ] as const) {
    await button.trigger(come)
    expect(workspace.moment).toBe(753)
    expect(wrapper.find('[role=slider]').attributes('aria-valuenow')).toBe('753')
    await button.trigger(go)
    expect(workspace.moment).toBe(709)
  }
  await button.trigger('pointerenter')
  await button.trigger('click')
  expect(named(client, 'runs.branch')).toEqual([expect.objectContaining({ step: 753 })])
})

test('the list of runs asks for the pictures of those in sight alone', async () => {
  const sights = new Map<Element, (entries: { isIntersecting: boolean }[]) => void>()
  class Sight {
    readonly tell: (entries: { isIntersecting: boolean }[]) => void
    constructor(tell: (entries: { isIntersecting: boolean }[]) => void) {
      this.tell = tell
    }
    observe = (element: Element) => void sights.set(element, this.tell)
    disconnect = () => {
      for (const [element, tell] of sights) if (tell === this.tell) sights.delete(element)
    }
  }
  vi.stubGlobal('IntersectionObserver', Sight)
  onTestFinished(() => void vi.unstubAllGlobals())
  const all = Array.from({ length: 40 }, (_, i) =>
    someRun({ setup, id: `run-${i}`, state: 'done', created: i }),
  )
  const { client } = await inWorkspace(RunList, all)
  const shown = () => named(client, 'runs.show').map((asked) => (asked as { run: string }).run)
  // The newest is the one that the workspace shows.
  expect(new Set(shown())).toEqual(new Set(['run-39']))
  expect(sights.size).toBe(40)
  const thumbs = [...sights.keys()]
  for (const thumb of thumbs.slice(0, 3)) sights.get(thumb)!([{ isIntersecting: true }])
  sights.get(thumbs[5]!)!([{ isIntersecting: false }])
  await flushPromises()
  expect(new Set(shown())).toEqual(new Set(['run-39', 'run-38', 'run-37']))
  expect(sights.size).toBe(37)
})

test('a run gets its star in the list, and loses it again', async () => {
  const run = someRun({ setup, state: 'done', step: 40 })
  const { wrapper, client } = await inWorkspace(RunList, [run], {
    'runs.star': ({ starred }) => ({ ...run, ...(starred && { starred: 5 }) }),
  })
  const star = () => wrapper.find('[aria-label="Star for Balanced: show it in the gallery"]')
  expect(star().attributes('aria-pressed')).toBe('false')
  for (const pressed of ['true', 'false']) {
    await star().trigger('click')
    await flushPromises()
    expect(star().attributes('aria-pressed')).toBe(pressed)
  }
  expect(named(client, 'runs.star').map((asked) => (asked as { starred: boolean }).starred)).toEqual([
    true,
    false,
  ])
})

const Steering = defineComponent({
  setup() {
    useSteering()
    return () => []
  },
})
const frame = async () => {
  await new Promise((resolve) => requestAnimationFrame(resolve))
  await flushPromises()
}

test('the run under way follows the setup, with the newest weights and no more calls than it answers', async () => {
  let answer: (() => void) | undefined
  const { client, project } = await inWorkspace(Steering, [someRun({ setup })], {
    'runs.steer': () => new Promise((resolve) => (answer = () => resolve(someRun({ setup })))),
  })
  const weigh = (weight: number) =>
    project.changeSettings({ groupWeights: project.setup!.settings.groupWeights.with(0, weight) }, 'jaw')
  for (const weight of [1, 2, 3]) weigh(weight)
  await frame()
  expect(named(client, 'runs.steer')).toHaveLength(1)
  for (const weight of [4, 5, 6]) weigh(weight)
  await frame()
  expect(named(client, 'runs.steer')).toHaveLength(1)
  answer!()
  await flushPromises()
  const asked = named(client, 'runs.steer') as { change: { groupWeights: number[] } }[]
  expect(asked.map(({ change }) => change.groupWeights[0])).toEqual([3, 6])
})

test('a change that acted for a while is taken back, and the face before it is gone back to', async () => {
  let run = someRun({ setup, step: 100, steps: null })
  const branch = someRun({ id: 'r2', setup, state: 'queued', step: 161, created: 2 })
  const Both = defineComponent({ setup: () => () => [h(Steering), h(FaceBefore)] })
  const { wrapper, client, project, workspace } = await inWorkspace(Both, [run], {
    'runs.steer': () => run,
    'runs.metrics': () => ({
      rows: [],
      changes: [50, 101, 161, 200].map((step) => ({ step, kind: 'weights' })),
    }),
    'runs.history': () => [50, 101, 150, 161, 200].map((step) => ({ step, keyframe: step !== 150 })),
    'runs.branch': () => branch,
    'queue.move': () => [],
    'runs.stop': () => ({ ...run, state: 'stopped' }),
  })
  const weigh = async (weight: number, step: number) => {
    run = { ...run, step }
    client.tell('run', run)
    project.changeSettings({ groupWeights: project.setup!.settings.groupWeights.with(0, weight) }, 'jaw')
    await frame()
  }
  const goesBack = async (step: number) => {
    run = { ...run, step }
    client.tell('run', run)
    project.undo()
    await frame()
    return wrapper.text().includes('Go back to the face before')
  }
  await weigh(9, 100)
  await weigh(15, 101)
  await weigh(20, 102)
  expect(await goesBack(105)).toBe(false)
  project.redo()
  await frame()
  expect(await goesBack(160)).toBe(true)
  project.redo()
  await frame()
  expect(wrapper.text()).toBe('')
  expect(await goesBack(200)).toBe(true)
  await wrapper.find('button').trigger('click')
  await flushPromises()
  expect(named(client, 'runs.branch')).toMatchObject([
    { run: 'r1', step: 161, name: 'Balanced from step 161' },
  ])
  expect(named(client, 'queue.move')).toEqual([{ run: 'r2', to: 0 }])
  expect(named(client, 'runs.stop')).toEqual([{ project: 'p1', run: 'r1' }])
  expect(workspace.run?.id).toBe('r2')
  expect(wrapper.text()).toBe('')
})

test('variations that are under way are left alone', async () => {
  const { client, project } = await inWorkspace(Steering, [someRun({ setup, batch: 'b1' })])
  project.changeSettings({ groupWeights: [9, 9, 9, 9, 9, 9, 9, 9, 9] })
  await frame()
  expect(named(client, 'runs.steer')).toEqual([])
})

test('what another window turned is not told once more', async () => {
  let theirs = setup
  const run = someRun({ setup })
  const { client, project } = await inWorkspace(Steering, [run], {
    'projects.open': () => ({
      ...{ project: someProject({ setup: theirs }), runs: [run], damage: [], readOnly: null },
    }),
  })
  theirs = { ...setup, settings: { ...setup.settings, groupWeights: [9, 9, 9, 9, 9, 9, 9, 9, 9] } }
  client.tell('projects', { projects: ['p1'] })
  await flushPromises()
  await frame()
  expect(project.setup!.settings.groupWeights[0]).toBe(9)
  expect(named(client, 'runs.steer')).toEqual([])
  project.changeSettings({ groupWeights: [8, 9, 9, 9, 9, 9, 9, 9, 9] })
  await frame()
  expect(named(client, 'runs.steer')).toHaveLength(1)
})

test('what is turned while the service is away is told when it is back', async () => {
  const { client, project } = await inWorkspace(Steering, [someRun({ setup })])
  client.connect('lost')
  project.changeSettings({ groupWeights: [9, 9, 9, 9, 9, 9, 9, 9, 9] })
  await frame()
  expect(named(client, 'runs.steer')).toEqual([])
  client.connect('connected')
  await flushPromises()
  expect(named(client, 'runs.steer')).toHaveLength(1)
})

test('a term that the run under way does not have waits for the next one', async () => {
  const { wrapper } = await inWorkspace(SetupColumn, [someRun({ setup })], { 'devices.list': () => [] })
  const disabled = wrapper.findAll<HTMLInputElement>('input.number').map(({ element }) => element.disabled)
  // look, expression and pose, colours, likely faces, identity
  expect(disabled).toEqual([false, false, true, true, true])
})

test.each([
  ['running', ['Pause', 'Finish'], 'Finish', 'runs.finish'],
  ['paused', ['Resume', 'Finish'], 'Resume', 'runs.resume'],
  ['stopped', ['Continue this run'], 'Continue this run', 'runs.resume'],
] as const)('a run that is %s can be told %j', async (state, labels, press, command) => {
  const run = someRun({ setup, state, steps: null })
  const { wrapper, client } = await inWorkspace(RunBar, [run], {
    [command]: () => run,
  })
  const buttons = wrapper.findAll('.buttons > .button')
  expect(buttons.map((button) => button.text()).filter(Boolean)).toEqual(labels)
  await buttons.find((button) => button.text() === press)!.trigger('click')
  await flushPromises()
  expect(named(client, command)).toHaveLength(1)
})

test('a run is started below what is turned, but not while one is under way', async () => {
  for (const [state, label] of [
    ['done', 'Start a new run'],
    ['running', undefined],
  ] as const) {
    const run = someRun({ setup, state, steps: null })
    const { wrapper, client } = await inWorkspace(StartPlace, [run], { 'runs.start': () => [run] })
    const button = wrapper.find('button')
    expect(button.exists() ? button.text() : undefined).toBe(label)
    if (button.exists()) await button.trigger('click')
    await flushPromises()
    expect(named(client, 'runs.start')).toHaveLength(label === undefined ? 0 : 1)
    wrapper.unmount()
  }
})

test('what is seldom turned is folded away, and stays as it was left', async () => {
  const answers = { 'devices.list': () => [], 'preferences.set': asPreferences }
  const { wrapper, client } = await inWorkspace(SetupColumn, [], answers)
  const shows = (text: string) => wrapper.text().includes(text)
  const advanced = wrapper.findAll('[aria-expanded]').find((one) => one.text() === 'Advanced')!
  expect([shows('Identity'), shows('Noise'), shows('Latent space')]).toEqual([true, false, false])
  await advanced.trigger('click')
  await flushPromises()
  expect([shows('Identity'), shows('Noise'), shows('Latent space')]).toEqual([true, true, true])
  expect(named(client, 'preferences.set')).toEqual([{ advanced: true }])
  for (const row of wrapper.findAll('.settings .row'))
    expect(row.find('.hint').text(), row.text()).toMatch(/[.]$/)
})

describe('the verdict on a result', () => {
  const over = { setup, state: 'done', step: 100, steps: 100 } as const
  const inVerdict = (run: Parameters<typeof someRun>[0], more: Answers = {}) =>
    inWorkspace(ResultVerdict, [someRun(run)], {
      'runs.start': () => [someRun({ id: 'r2', setup })],
      ...more,
    })

  test('says what can be tried where it is poor, each by one press', async () => {
    const { wrapper, client, project, workspace } = await inVerdict({ ...over, identity: 0.7 })
    const press = async (label: string) => {
      await wrapper
        .findAll('button')
        .find((button) => button.text() === label)!
        .trigger('click')
      await flushPromises()
    }
    expect(wrapper.text()).toContain('Not yet like the person of the look: 0.7 apart')
    await press('Cut the face out again')
    expect(workspace.cropped).toBe('x1')
    await press('Other seeds')
    expect(workspace.variationsOpen).toBe(true)
    await press('More identity')
    expect(project.setup!.settings.weights.identity).toBe(1)
    expect(named(client, 'runs.start')).toHaveLength(1)
    expect(named(client, 'runs.start')[0]).toMatchObject({
      runs: [{ setup: { settings: { weights: { identity: 1 } } } }],
    })
    wrapper.unmount()
  })

  test('is tried in W+, and with another model', async () => {
    const { wrapper, client, project } = await inVerdict({ ...over, identity: 0.7 })
    const button = (label: string) => wrapper.findAll('button').find((one) => one.text() === label)
    await button('Freer faces (W+)')!.trigger('click')
    await flushPromises()
    expect(project.setup!.settings.space).toBe('w+')
    expect(named(client, 'runs.start')).toHaveLength(1)
    wrapper.unmount()
    const again = await inVerdict({ ...over, identity: 0.7 })
    await again.wrapper
      .findAll('button')
      .find((one) => one.text() === 'Another model')!
      .trigger('click')
    expect(usePlace().current.view).toBe('models')
    again.wrapper.unmount()
  })

  test('asks for nothing where it is good, and is none while a run is under way or where no face was read', async () => {
    for (const [run, said] of [
      [{ ...over, identity: 0.4 }, /^Like the person of the look: 0.4 apart/],
      [{ ...over, state: 'running', identity: 0.7 }, /^$/],
      [{ ...over, identity: null }, /^$/],
    ] as const) {
      const { wrapper } = await inVerdict(run)
      expect(wrapper.text()).toMatch(said)
      expect(wrapper.findAll('button')).toEqual([])
      wrapper.unmount()
    }
  })
})

test('what finishing costs is said before it is pressed', async () => {
  const settings = { ...setup.settings, steps: 1000, live: true }
  const run = someRun({ setup: { ...setup, settings }, steps: null, stepsPerSecond: 4 })
  const { wrapper } = await inWorkspace(RunBar, [run])
  expect(wrapper.find('.advice').text()).toContain('Finishing takes 15 sec to 1 min')
})

test('the crop tool chooses a face, takes it back, and says what was chosen', async () => {
  const face = (x: number) => ({
    box: { x, y: 2, width: 4, height: 4 },
    score: 1,
    points: Array.from({ length: 136 }, (_, i) => (i % 2 === 0 ? x + (i % 9) / 3 : 2 + (i % 7) / 3)),
  })
  const picture = somePicture({ faces: [face(1), face(4)], alignment: { by: 'face', face: 0 } })
  const { wrapper, client } = await inWorkspace(
    CropDialog,
    [],
    {
      'pictures.show': () => ({ image: null }),
      'pictures.align': ({ alignment }) => ({ ...picture, alignment }),
    },
    { picture },
  )
  const button = (label: string) =>
    [...document.querySelectorAll<HTMLButtonElement>('button')].find(
      (one) => one.textContent?.trim() === label || one.getAttribute('aria-label') === label,
    )!
  button('Face 2').click()
  await flushPromises()
  expect(button('Face 2').getAttribute('aria-pressed')).toBe('true')
  window.dispatchEvent(new KeyboardEvent('keydown', { key: 'z', ctrlKey: true }))
  await flushPromises()
  expect(button('Face 2').getAttribute('aria-pressed')).toBe('false')
  button('Redo').click()
  button('Use this').click()
  await vi.waitFor(() => expect(named(client, 'pictures.align')).toHaveLength(1))
  expect(named(client, 'pictures.align')[0]).toMatchObject({
    picture: 'x1',
    alignment: { by: 'face', face: 1 },
  })
  wrapper.unmount()
})
