// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils'
import { TooltipProvider } from 'reka-ui'
import { afterEach, expect, test } from 'vitest'
import { defineComponent, h } from 'vue'
import { useProject } from '../../src/renderer/stores/project.ts'
import FaceQuestion from '../../src/renderer/views/workspace/run/FaceQuestion.vue'
import { useFaceQuestion } from '../../src/renderer/views/workspace/run/face-question.ts'
import { facelessPictures } from '../../src/renderer/views/workspace/run/faceless-pictures.ts'
import { useWorkspace } from '../../src/renderer/views/workspace/workspace.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import type { Picture } from '../../src/shared/project.ts'
import type { Run } from '../../src/shared/run.ts'
import { fakeClient, somePicture, someProject, someRun, surroundings } from './fake-client.ts'

afterEach(() => {
  document.body.innerHTML = ''
})

const face = { box: { x: 0, y: 0, width: 4, height: 4 }, score: 1, points: Array<number>(136).fill(1) }
const found = (id: string) => somePicture({ id, faces: [face], alignment: { by: 'face', face: 0 } })
const faceless = (id: string) => somePicture({ id, name: `${id}.png` })
const byHand = (id: string) => somePicture({ id, alignment: { by: 'hand', quad: [0, 0, 0, 8, 8, 8, 8, 0] } })
const setup = { ...emptySetup(), look: 'a', landmarks: 'b' }

const doubts = (of: typeof setup, pictures: Picture[], runs: Run[] = []) =>
  facelessPictures(of, pictures, runs).map(({ picture, target }) => [target, picture.id])

test('faces that were found and squares that were drawn by hand are not doubted, middles are', () => {
  expect(doubts(setup, [found('a'), byHand('b')])).toEqual([])
  expect(doubts(setup, [found('a'), { ...found('b'), alignment: { by: 'centre' } }])).toEqual([])
  expect(doubts(setup, [faceless('a'), faceless('b')])).toEqual([
    ['landmarks', 'b'],
    ['look', 'a'],
  ])
  const sources = setup.sources.with(7, 'c').with(8, 'c')
  expect(doubts({ ...setup, sources }, [found('a'), found('b'), faceless('c')])).toEqual([['landmarks', 'c']])
})

test('a picture that a run was made of is not doubted for the same again', () => {
  const pictures = [faceless('a'), faceless('b')]
  expect(doubts(setup, pictures, [someRun({ setup })])).toEqual([])
  const exchanged = { ...setup, look: 'b', landmarks: 'a' }
  expect(doubts(exchanged, pictures, [someRun({ setup })])).toHaveLength(2)
})

/** A project with these pictures, and the question over it. */
async function asking(pictures: Picture[]) {
  const client = fakeClient({
    'projects.open': () => ({
      project: someProject({ setup, pictures }),
      runs: [],
      damage: [],
      readOnly: null,
    }),
    'queue.list': () => [],
    'models.list': () => [],
    'pictures.show': () => ({ image: null }),
    'runs.start': () => [],
  })
  let stores: {
    project: ReturnType<typeof useProject>
    workspace: ReturnType<typeof useWorkspace>
    question: ReturnType<typeof useFaceQuestion>
  }
  const Around = defineComponent({
    setup() {
      stores = { project: useProject(), workspace: useWorkspace(), question: useFaceQuestion() }
      return () => h(TooltipProvider, () => h(FaceQuestion))
    },
  })
  mount(Around, { global: surroundings(client), attachTo: document.body })
  await stores!.project.open('p1')
  const { project, workspace, question } = stores!
  const start = async () => {
    void workspace.start([{ name: 'Run 1', setup: project.setup! }])
    await flushPromises()
  }
  const press = async (label: string) => {
    const buttons = [...document.querySelectorAll<HTMLElement>('[role=dialog] button')]
    buttons.find(({ textContent }) => textContent.trim() === label)!.click()
    await flushPromises()
  }
  const started = () => client.asked.filter(({ name }) => name === 'runs.start').length
  const dialog = () => document.querySelector('[role=dialog]')?.textContent ?? null
  return { workspace, question, start, press, started, dialog }
}

test('a run of pictures with faces begins at once', async () => {
  const { start, started, dialog } = await asking([found('a'), found('b')])
  await start()
  expect([dialog(), started()]).toEqual([null, 1])
})

test('a run of landmarks without a face begins when the user says so, and is not asked for again', async () => {
  const { start, press, started, dialog } = await asking([found('a'), faceless('b')])
  await start()
  expect(dialog()).toContain('No face was found')
  expect(dialog()).toContain('b.png')
  expect(started()).toBe(0)
  await press('Cancel')
  expect([dialog(), started()]).toEqual([null, 0])
  await start()
  await press('Start anyway')
  expect([dialog(), started()]).toEqual([null, 1])
  await start()
  expect([dialog(), started()]).toEqual([null, 2])
})

test('the question leads to the crop tool, and what is taken there is not asked about', async () => {
  const { workspace, question, start, press, started } = await asking([faceless('a'), found('b')])
  await start()
  await press('Cut out by hand')
  expect([workspace.cropped, started()]).toEqual(['a', 0])
  question.accept('a')
  await start()
  expect(started()).toBe(1)
})
