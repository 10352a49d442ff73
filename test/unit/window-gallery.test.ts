// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { floatTensor } from '../../src/engine/tensor.ts'
import { npzBytes } from '../../src/node/host/array-files.ts'
import { byPurpose, motionsApart, onModelsPage, purposeOf } from '../../src/renderer/shell/dropped.ts'
import { usePlace } from '../../src/renderer/stores/place.ts'
import { useProject } from '../../src/renderer/stores/project.ts'
import { matching, sorted } from '../../src/renderer/stores/project-list.ts'
import { useThumbnails } from '../../src/renderer/stores/thumbnails.ts'
import { nameFrom, useNewProject } from '../../src/renderer/views/gallery/new-project.ts'
import { moved, nothing, only, pressedOn, pruned } from '../../src/renderer/views/gallery/selection.ts'
import {
  type Answers,
  fakeClient,
  somePicture,
  someProject,
  someSummary,
  surroundings,
  withStores,
} from './fake-client.ts'

afterEach(() => {
  document.body.innerHTML = ''
})

describe('selection', () => {
  const order = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  const grid = { columns: 3, rows: 2, extend: false }

  test('a press chooses one, with Shift all up to it, with Ctrl one more or less', () => {
    const some = pressedOn(only('b'), order, 'd', { range: true })
    expect([...some.chosen]).toEqual(['b', 'c', 'd'])
    const back = pressedOn(some, order, 'a', { range: true })
    expect([...back.chosen]).toEqual(['a', 'b'])
    const less = pressedOn(some, order, 'c', { toggle: true })
    expect([...less.chosen]).toEqual(['b', 'd'])
    expect([...pressedOn(less, order, 'c', { toggle: true }).chosen]).toEqual(['b', 'd', 'c'])
  })

  test('arrows move by one and by a row, and stop at the edges', () => {
    const to = (from: string, key: string) => moved(only(from), order, key, grid).focus
    expect(to('b', 'ArrowRight')).toBe('c')
    expect(to('c', 'ArrowRight')).toBe('d')
    expect(to('a', 'ArrowLeft')).toBe('a')
    expect(to('b', 'ArrowUp')).toBe('b')
    expect(to('b', 'ArrowDown')).toBe('e')
    expect(to('f', 'ArrowDown')).toBe('g')
    expect(to('g', 'ArrowDown')).toBe('g')
    expect(to('c', 'End')).toBe('g')
    expect(to('g', 'Home')).toBe('a')
    expect(moved(nothing, order, 'ArrowRight', grid).focus).toBe('a')
    expect(moved(nothing, order, 'End', grid).focus).toBe(order.at(-1))
  })

  test('Shift with an arrow extends from where it began', () => {
    const more = moved(moved(only('b'), order, 'ArrowRight', { ...grid, extend: true }), order, 'ArrowDown', {
      ...grid,
      extend: true,
    })
    expect([...more.chosen]).toEqual(['b', 'c', 'd', 'e', 'f'])
  })

  test('what left the list is not chosen any more', () => {
    const { chosen, focus } = pruned(pressedOn(only('b'), order, 'd', { range: true }), ['a', 'c'])
    expect([[...chosen], focus]).toEqual([['c'], null])
  })
})

describe('list', () => {
  const projects = ['Zoë 10', 'zoe 2', 'Anna'].map((name, i) =>
    someSummary({ id: `p${i}`, name, created: i, modified: 10 - i }),
  )
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name)

  test('a search asks for every word, whatever its case and accents', () => {
    expect(names(matching(projects, 'ZOE'))).toEqual(['Zoë 10', 'zoe 2'])
    expect(names(matching(projects, '2  zoë'))).toEqual(['zoe 2'])
    expect(matching(projects, ' ')).toHaveLength(3)
  })

  test('names are ordered as people count, times with the newest first', () => {
    expect(names(sorted(projects, 'name'))).toEqual(['Anna', 'zoe 2', 'Zoë 10'])
    expect(names(sorted(projects, 'modified'))).toEqual(['Zoë 10', 'zoe 2', 'Anna'])
    expect(names(sorted(projects, 'created'))).toEqual(['Anna', 'zoe 2', 'Zoë 10'])
  })
})

describe('dropped pictures', () => {
  const png = (name: string) => new File(['x'], name, { type: 'image/png' })

  const found: { make?: ReturnType<typeof useNewProject>; leave?: () => Promise<void> } = {}

  function making(answers: Answers) {
    const client = fakeClient({
      'projects.create': ({ name }) => someProject({ id: 'new', name }),
      'projects.open': ({ project }) => ({
        project: someProject({ id: project }),
        runs: [],
        damage: [],
        readOnly: null,
      }),
      'projects.set-up': ({ setup }) => someProject({ id: 'new', setup }),
      'pictures.add': ({ name }) => somePicture({ id: `of-${name.slice(0, 1)}`, name }),
      'projects.close': () => ({}),
      'projects.remove': () => ({}),
      'projects.purge': () => ({}),
      'projects.list': () => [],
      'projects.bin': () => [],
      ...answers,
    })
    const Maker = defineComponent(() => {
      found.make = useNewProject()
      const [place, project] = [usePlace(), useProject()]
      found.leave = project.close
      return () => h('p', `${place.current.view} ${project.setup?.look} ${project.setup?.landmarks}`)
    })
    const wrapper = mount(Maker, { global: surroundings(client) })
    return { client, wrapper, make: found.make! }
  }

  test('two become look and landmarks of a project that is named after them, and it is shown', async () => {
    const { client, wrapper, make } = making({})
    await make([png('anna.png'), png('bo.jpeg')])
    expect(wrapper.text()).toBe('workspace of-a of-b')
    expect(client.asked[0]).toEqual({ name: 'projects.create', parameters: { name: 'anna + bo' } })
  })

  test('a single one goes where it was let go', async () => {
    const { wrapper, make } = making({})
    await make([png('bo.png')], 'landmarks')
    expect(wrapper.text()).toBe('workspace null of-b')
  })

  test('pictures are added and used although the user went elsewhere meanwhile', async () => {
    const { client, make } = making({
      'pictures.add': async ({ name }) => {
        await found.leave?.()
        return somePicture({ id: `of-${name.slice(0, 1)}`, name })
      },
    })
    await make([png('anna.png'), png('bo.png')])
    const setups = client.asked.filter(({ name }) => name === 'projects.set-up')
    expect(setups.map(({ parameters }) => parameters)).toMatchObject([
      { project: 'new', setup: { look: 'of-a' } },
      { project: 'new', setup: { landmarks: 'of-b' } },
    ])
    expect(client.asked.map(({ name }) => name)).not.toContain('projects.remove')
  })

  test('a project of which no picture could be read does not stay', async () => {
    const { client, wrapper, make } = making({
      'pictures.add': () => Promise.reject(new Error('No picture.')),
    })
    await make([png('anna.png'), png('bo.png')])
    await flushPromises()
    expect(wrapper.text()).toContain('gallery')
    expect(client.asked.map(({ name }) => name)).toContain('projects.purge')
  })

  test('names of projects are made of names of files', () => {
    expect(nameFrom([{ name: 'a.b.png' }, { name: 'c' }, { name: 'd.png' }], 'Untitled')).toBe('a.b + c')
    expect(nameFrom([{ name: '.png' }], 'Untitled')).toBe('Untitled')
  })

  test('a zip is a project, and on the page of models a checkpoint', () => {
    const dropped = byPurpose(['2DFAN4.zip', 'a.mienz', 'b.pkl'].map((name) => new File(['x'], name)))
    const names = (files: readonly File[]) => files.map(({ name }) => name)
    expect(names(dropped.packed)).toEqual(['2DFAN4.zip', 'a.mienz'])
    expect(names(onModelsPage(dropped).packed)).toEqual(['a.mienz'])
    expect(names(onModelsPage(dropped).checkpoints)).toEqual(['b.pkl', '2DFAN4.zip'])
  })

  test('a saved motion is told from a model by what lies in it', async () => {
    const arrays = (...names: string[]) =>
      npzBytes(Object.fromEntries(names.map((name) => [name, floatTensor([1], Float32Array.of(1))]))).slice()
    const motion = new File([arrays('shapes_sha256', 'times', 'rotations', 'expressions')], 'a.npz')
    const model = new File([arrays('lin0', 'rotations')], 'b.npz')
    const { drivers, checkpoints } = await motionsApart(byPurpose([motion, model]))
    expect([drivers, checkpoints]).toEqual([[motion], [model]])
  })

  test('what a file is for is told by its name and type', () => {
    const of = (name: string, type = '') => purposeOf({ name, type })
    expect([
      of('a.JPG'),
      of('a', 'image/png'),
      of('x.mienz'),
      of('net.pkl'),
      of('w.tar'),
      of('a.txt'),
      of('a.MKV'),
      of('a', 'video/mp4'),
    ]).toEqual([
      ...['pictures', 'pictures', 'packed', 'checkpoints', 'checkpoints', 'unknown'],
      ...['drivers', 'drivers'],
    ])
  })
})

describe('thumbnails', () => {
  const frames = () => new Promise((resolve) => setTimeout(resolve, 150))

  test('are asked for once, the newest wish first, and not at all when they are out of sight', async () => {
    const waiting: (() => void)[] = []
    const image = new Uint8Array([1])
    const client = fakeClient({
      'projects.thumbnail': () => new Promise((resolve) => waiting.push(() => resolve({ image }))),
    })
    const thumbnails = withStores(client, useThumbnails)
    const { signal } = new AbortController()
    const gone = new AbortController()
    const asked = () => client.asked.map(({ parameters }) => (parameters as { project: string }).project)

    const unseen = thumbnails.load('unseen', 't', gone.signal)
    const loads = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => thumbnails.load(id, 't', signal))
    await frames()
    expect(asked()).toEqual(['g', 'f', 'e', 'd', 'c', 'b'])
    const late = thumbnails.load('late', 't', signal)
    gone.abort()
    for (let i = 0; i < 3; i++) {
      for (const resolve of waiting.splice(0)) resolve()
      await frames()
    }
    expect(asked()).toEqual(['g', 'f', 'e', 'd', 'c', 'b', 'late', 'a'])
    expect(await unseen).toBeNull()
    expect(await late).toMatch(/^blob:/)
    expect(await thumbnails.load('a', 't', signal)).toBe(await loads[0])
    expect(asked()).toHaveLength(8)
  })

  test('are not asked for while row after row flies past', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'requestAnimationFrame'] })
    onTestFinished(() => void vi.useRealTimers())
    const client = fakeClient({ 'projects.thumbnail': () => ({ image: new Uint8Array([1]) }) })
    const thumbnails = withStores(client, useThumbnails)
    const { signal } = new AbortController()
    const rows = async (count: number, pause: number) => {
      const before = client.asked.length
      for (let row = 0; row < count; row++) {
        for (const column of [0, 1]) void thumbnails.load(`${pause} ${row} ${column}`, 't', signal)
        await vi.advanceTimersByTimeAsync(pause)
      }
      return client.asked.length - before
    }
    expect(await rows(5, 150)).toBe(10)
    expect(await rows(20, 60)).toBeLessThan(5)
    await vi.advanceTimersByTimeAsync(1000)
    expect(client.asked).toHaveLength(50)
  })

  test('those that were not seen for long are given back', async () => {
    const revoke = vi.spyOn(URL, 'revokeObjectURL')
    const client = fakeClient({ 'projects.thumbnail': () => ({ image: new Uint8Array([1]) }) })
    const thumbnails = withStores(client, useThumbnails)
    const { signal } = new AbortController()
    vi.stubGlobal('requestAnimationFrame', (act: () => void) => setTimeout(act))
    for (let i = 0; i < 610; i++) await thumbnails.load(`p${i}`, 't', signal)
    vi.unstubAllGlobals()
    expect(revoke).toHaveBeenCalledTimes(10)
    expect(thumbnails.known('p0', 't')).toBeUndefined()
    expect(thumbnails.known('p609', 't')).toMatch(/^blob:/)
  })
})
