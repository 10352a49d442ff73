import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { MienError } from '../../src/engine/errors.ts'
import { defaultPreferences } from '../../src/shared/preferences.ts'
import type { Run } from '../../src/shared/run.ts'
import { sampleRun } from '../unit/sample-run.ts'
import { removeHome, type StartedApp, startedApp } from './started-app.ts'

/** Patient enough for a machine that does other things as well. */
const waitFor = (fits: () => unknown) => vi.waitFor(fits, { timeout: 20_000 })

vi.mock('electron', () => import('./memory-electron.ts'))

const started: StartedApp[] = []
afterEach(() => {
  for (const app of started.splice(0)) removeHome(app)
})

async function start(...how: Parameters<typeof startedApp>): Promise<StartedApp> {
  const app = await startedApp(...how)
  started.push(app)
  return app
}

const summary = { id: 'p1', name: 'Ada', created: 0, modified: 0, thumbnail: null, runs: 0 }

describe('the bridge', () => {
  test('has four functions that cannot be changed, and nothing of Electron', async () => {
    const bridge = await (await start()).page()
    expect(Object.keys(bridge).sort()).toEqual(['call', 'on', 'save', 'upload'])
    expect(Object.isFrozen(bridge)).toBe(true)
    const lines = readFileSync(join(import.meta.dirname, '../../src/preload/index.ts'), 'utf8').split('\n')
    expect(lines.length).toBeLessThan(60)
  })

  test('calls commands of the contract, and no other channel', async () => {
    const app = await start({ 'projects.thumbnail': async () => ({ image: new Uint8Array([1, 2]) }) })
    const bridge = await app.page()
    expect(await bridge.call('projects.thumbnail', { project: 'p' })).toEqual({
      ok: { image: new Uint8Array([1, 2]) },
    })
    for (const name of ['window:save', 'window:next', 'constructor', '']) {
      await expect(bridge.call(name, {})).rejects.toThrow('no such command')
    }
  })

  test('tells events one by one, and of previews the newest', async () => {
    const app = await start()
    const bridge = await app.page()
    const heard: unknown[] = []
    bridge.on('run.preview', (data) => heard.push((data as { step: number }).step))
    bridge.on('models', () => heard.push('models'))
    bridge.on('no-such-event', () => heard.push('never'))
    const { emit } = app.studio.events
    for (const step of [1, 2, 3]) {
      emit('run.preview', { run: 'r', step, image: new Uint8Array([step]), points: null })
    }
    emit('models', {})
    await waitFor(() => expect(heard.at(-1)).toBe('models'))
    expect(heard.length).toBeLessThan(4)
    expect(heard.at(-2)).toBe(3)
  })

  test('a page that was loaded anew hears what comes then', async () => {
    const app = await start()
    const { webContents } = app.electron.windows[0]!
    const event = { sender: webContents, senderFrame: webContents.mainFrame }
    const invoke = (channel: string) => app.electron.ipcMain.handlers.get(channel)!(event) as Promise<unknown>
    await invoke('window:listen')
    const before = invoke('window:next')
    await invoke('window:listen')
    expect(await before).toBeUndefined()
    app.studio.events.emit('models', {})
    expect(await invoke('window:next')).toEqual({ name: 'models', data: {} })
  })

  test('saves files where the user wants them, whole', async () => {
    const app = await start()
    const bridge = await app.page()
    const { dialog } = app.electron
    expect(await bridge.save('a.png', new Uint8Array([1]))).toEqual({ ok: null })
    dialog.saveTo = join(app.home, 'face.png')
    expect(await bridge.save('../../etc/a.png', new Uint8Array([1, 2, 3]))).toEqual({ ok: dialog.saveTo })
    expect([...readFileSync(dialog.saveTo)]).toEqual([1, 2, 3])
    expect(dialog.asked.at(-1)!.defaultPath).toBe('.._.._etc_a.png')
    dialog.saveTo = join(app.home, 'nowhere', 'face.png')
    expect(await bridge.save('a.png', new Uint8Array([1]))).toMatchObject({ failure: { code: 'unwritable' } })
  })

  test('lets the service read a file that the user chose, where it lies', async () => {
    const app = await start()
    const bridge = await app.page()
    const path = join(app.home, 'ffhq.pkl')
    const id = await bridge.upload({ path } as unknown as File)
    expect(app.studio.uploads.path(id)).toBe(path)
  })
})

describe('project files', () => {
  const unpacking = (names: string[]) => ({
    'projects.unpack': async ({ name, bytes }: { name: string; bytes: Uint8Array }) => {
      if (bytes[0] === 0) throw new MienError('bad-file', 'This is no project.')
      names.push(name)
      return summary
    },
  })

  async function withFile(content: number) {
    const names: string[] = []
    const app = await start(unpacking(names))
    const queue = app.studio.events.open()
    const path = join(app.home, 'Ada.mienz')
    writeFileSync(path, new Uint8Array([content]))
    return { app, names, queue, path }
  }

  test('are opened when the system asks for it, and shown', async () => {
    const { app, names, queue, path } = await withFile(1)
    const preventDefault = vi.fn()
    app.electron.app.emit('open-file', { preventDefault }, path)
    expect(await queue.next()).toEqual({ name: 'project.open', data: { project: 'p1' } })
    expect(names).toEqual(['Ada'])
    expect(preventDefault).toHaveBeenCalledOnce()
    expect(app.electron.app.recent).toEqual([path])
  })

  test('are opened by the app that runs, when another was started with them', async () => {
    const { app, queue, names } = await withFile(1)
    app.electron.windows[0]!.focused = false
    app.electron.app.emit('second-instance', {}, ['mien', '--flag', 'note.txt', 'Ada.mienz'], app.home)
    expect(await queue.next()).toEqual({ name: 'project.open', data: { project: 'p1' } })
    expect(names).toEqual(['Ada'])
    expect(app.electron.windows[0]!.focused).toBe(true)
  })

  test('among the first arguments are opened once the window is there', async () => {
    const names: string[] = []
    const { home } = await start()
    writeFileSync(join(home, 'Grace.mienz'), new Uint8Array([1]))
    await start(unpacking(names), { argv: ['mien', join(home, 'Grace.mienz')] })
    expect(names).toEqual(['Grace'])
  })

  test('are chosen from the menu', async () => {
    const { app, queue, path } = await withFile(1)
    app.electron.dialog.open = [path]
    const [file] = app.electron.Menu.current.filter(({ label }) => label === 'Datei')
    file!.submenu!.find(({ label }) => label === 'Öffnen …')!.click!()
    expect(await queue.next()).toMatchObject({ name: 'project.open' })
  })

  test('that cannot be read are explained', async () => {
    const { app, path } = await withFile(0)
    app.electron.app.emit('open-file', { preventDefault() {} }, path)
    app.electron.app.emit('open-file', { preventDefault() {} }, join(app.home, 'gone.mienz'))
    await waitFor(() => expect(app.electron.dialog.told).toHaveLength(2))
    const told = app.electron.dialog.told.toSorted()
    expect(told).toEqual([expect.stringMatching(/gone.mienz does not exist/), 'This is no project.'])
    expect(app.electron.app.recent).toEqual([])
  })
})

describe('the system is told', () => {
  const run = (changes: Partial<Run>): Run => ({ ...sampleRun, ...changes })

  test('how far runs are', async () => {
    const app = await start()
    const [window] = app.electron.windows
    const { emit } = app.studio.events
    const last = () => window!.progress.at(-1)
    emit('run', run({}))
    await waitFor(() => expect(last()).toBe(0.25))
    emit('run', run({ id: 's', step: 75 }))
    await waitFor(() => expect(last()).toBe(0.5))
    emit('run', run({ id: 's', steps: null }))
    await waitFor(() => expect(last()).toBe(2))
    emit('run.removed', { project: 'p', run: 's' })
    await waitFor(() => expect(last()).toBe(0.25))
    emit('run', run({ state: 'done' }))
    await waitFor(() => expect(last()).toBe(-1))
  })

  test('when a run is over, unless the user sees it or does not want to know', async () => {
    let notify = true
    const app = await start({ 'preferences.get': async () => ({ ...defaultPreferences, notify }) })
    const [window] = app.electron.windows
    const { shown } = app.electron.Notification
    const { emit } = app.studio.events
    const end = async (id: string, state: Run['state'], focused: boolean) => {
      window!.focused = focused
      emit('run', run({ id }))
      await waitFor(() => expect(window!.progress.at(-1)).toBe(0.25))
      emit('run', run({ id, state }))
      await waitFor(() => expect(window!.progress.at(-1)).toBe(-1))
      return shown.length
    }
    expect(await end('a', 'done', true)).toBe(0)
    expect(await end('b', 'stopped', false)).toBe(0)
    expect(await end('c', 'done', false)).toBe(1)
    expect(await end('d', 'failed', false)).toBe(2)
    notify = false
    expect(await end('e', 'done', false)).toBe(2)
    expect(shown.map(({ options }) => options)).toEqual([
      { title: sampleRun.name, body: 'Der Lauf ist fertig.' },
      { title: sampleRun.name, body: 'Der Lauf ist fehlgeschlagen.' },
    ])
    const queue = app.studio.events.open()
    shown[0]!.emit('click')
    expect(await queue.next()).toEqual({ name: 'project.open', data: { project: 'p' } })
    expect(window!.focused).toBe(true)
  })
})

describe('the app', () => {
  test('hands over to the one that runs', async () => {
    const app = await start({}, { onlyInstance: false })
    expect(app.electron.windows).toEqual([])
    expect(app.electron.app.ended).toEqual(['quit'])
  })

  test('lets the studio end before it does, once', async () => {
    const app = await start()
    app.electron.app.quit()
    app.electron.app.quit()
    await waitFor(() => expect(app.electron.app.ended).toEqual(['quit']))
    expect(app.closed()).toBe(1)
  })

  test('that cannot start says why, and ends', async () => {
    const log = vi.spyOn(console, 'error').mockReturnValue(undefined)
    onTestFinished(() => log.mockRestore())
    const app = await start(
      {},
      { fault: new MienError('unwritable', 'The disk is full.', { hint: 'Free some.' }) },
    )
    expect(app.electron.windows).toEqual([])
    expect(app.electron.dialog.told).toEqual(['The disk is full. Free some.'])
    expect(app.electron.app.ended).toEqual(['exit 1'])
  })

  test('keeps what belongs to the browser apart from what belongs to the user', async () => {
    const app = await start()
    expect(app.electron.app.paths.userData).toBe(join(app.home, 'browser'))
  })

  test('opens its window where it was', async () => {
    const first = await start()
    const [window] = first.electron.windows
    window!.bounds = { x: 30, y: 40, width: 1100, height: 800 }
    window!.close()
    await waitFor(() => readFileSync(join(first.home, 'window.json')))
    const again = await start({}, { home: first.home })
    expect(again.electron.windows[0]!.options).toMatchObject({ x: 30, y: 40, width: 1100, height: 800 })
  })

  test.each([
    ['on a screen that is gone', '{"bounds":{"x":5000,"y":40,"width":1100,"height":800},"maximised":false}'],
    ['damaged', '{"bounds":'],
    ['of no size', '{"bounds":{"x":0,"y":0,"width":0,"height":0},"maximised":false}'],
  ])('opens it in the middle if where it was is %s', async (_what, text) => {
    const first = await start()
    writeFileSync(join(first.home, 'window.json'), text)
    const again = await start({}, { home: first.home })
    expect(again.electron.windows[0]!.options).toMatchObject({ width: 1440, height: 900 })
    expect(again.electron.windows[0]!.options).not.toHaveProperty('x')
  })

  test('has its menu in the language that the user chose, and at once in another', async () => {
    let language: 'system' | 'en' = 'system'
    const app = await start({ 'preferences.get': async () => ({ ...defaultPreferences, language }) })
    const labels = () => app.electron.Menu.current.map(({ label }) => label)
    expect(labels()).toContain('Datei')
    language = 'en'
    app.studio.events.emit('preferences', {})
    await waitFor(() => expect(labels()).toContain('File'))
  })
})
