import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { commandNames } from '../../src/shared/contract.ts'
import { badPayloads } from '../unit/bad-payloads.ts'
import { type MemoryContents, MemoryFrame } from './memory-electron.ts'
import { removeHome, type StartedApp, startedApp } from './started-app.ts'

vi.mock('electron', () => import('./memory-electron.ts'))

let app: StartedApp
beforeAll(async () => {
  app = await startedApp({
    'studio.about': async () => ({ version: '1', platform: 'linux', host: 'app', cluster: null }),
  })
})
afterAll(() => removeHome(app))

const preferencesOf = () => app.electron.windows[0]!.options.webPreferences as Record<string, unknown>

describe('the window', () => {
  test.each([
    ['contextIsolation', true],
    ['sandbox', true],
    ['nodeIntegration', false],
    ['nodeIntegrationInWorker', false],
    ['nodeIntegrationInSubFrames', false],
    ['webSecurity', true],
    ['allowRunningInsecureContent', false],
    ['webviewTag', false],
    ['navigateOnDragDrop', false],
    ['devTools', false],
  ])('%s is %s', (name, value) => {
    expect(preferencesOf()[name]).toBe(value)
  })

  test('is given nothing else', () => {
    const named =
      /^(contextIsolation|sandbox|nodeIntegration.*|webSecurity|allowRunning.*|webviewTag|navigateOnDragDrop|devTools|spellcheck|preload)$/
    expect(Object.keys(preferencesOf()).filter((name) => !named.test(name))).toEqual([])
    expect(app.electron.app.sandboxed).toBe(true)
  })

  test('loads its page from its own protocol, never from a file', () => {
    expect(app.electron.windows[0]!.webContents.getURL()).toBe('mien://window/')
    expect(app.electron.protocol.schemes).toEqual([
      {
        scheme: 'mien',
        privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
      },
    ])
  })
})

describe('pages', () => {
  test.each(['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview'])(
    'cannot go elsewhere: %s',
    (name) => {
      for (const contents of [app.electron.windows[0]!.webContents, created()]) {
        const preventDefault = vi.fn()
        contents.emit(name, { preventDefault, url: 'https://mien.example/' })
        expect(preventDefault).toHaveBeenCalledOnce()
      }
    },
  )

  test('cannot open windows; of addresses only those of the list reach the browser', () => {
    const open = (url: string) => app.electron.windows[0]!.webContents.windowOpenHandler!({ url })
    const refused = [
      'https://mien.example/',
      'http://github.com/',
      'https://github.com.mien.example/',
      'https://github.com@mien.example/',
      'https://user@github.com/',
      'https://github.com:444/',
      'file:///etc/passwd',
      'smb://github.com/share',
      'javascript:alert(1)',
      'ms-msdt:/id',
      'mien://window/',
      '',
    ]
    for (const url of refused) expect(open(url)).toEqual({ action: 'deny' })
    expect(app.electron.shell.opened).toEqual([])
    expect(open('https://github.com/NVlabs/stylegan2')).toEqual({ action: 'deny' })
    expect(app.electron.shell.opened).toEqual(['https://github.com/NVlabs/stylegan2'])
  })

  test('are granted nothing but to copy a picture, to fill the screen, and the camera', () => {
    const { permissionRequest, permissionCheck, devicePermission } = app.electron.session.defaultSession
    const { webContents } = app.electron.windows[0]!
    const granted = (contents: MemoryContents, permission: string, mediaTypes?: readonly string[]) => {
      const answer = vi.fn()
      permissionRequest(contents, permission, answer, mediaTypes ? { mediaTypes } : {})
      expect(answer).toHaveBeenCalledOnce()
      return answer.mock.calls[0]![0] as boolean
    }
    const others = ['media', 'geolocation', 'notifications', 'midi', 'pointerLock', 'openExternal']
    const more = ['clipboard-read', 'display-capture', 'fileSystem', 'hid', 'serial', 'usb', 'unknown']
    for (const permission of [...others, ...more]) {
      expect(granted(webContents, permission)).toBe(false)
      expect(permissionCheck(webContents, permission, 'mien://window', {})).toBe(false)
    }
    for (const needed of ['clipboard-sanitized-write', 'fullscreen']) {
      expect(granted(webContents, needed)).toBe(true)
      expect(permissionCheck(webContents, needed, 'mien://window/', {})).toBe(true)
      expect(granted(created('https://mien.example/'), needed)).toBe(false)
      expect(permissionCheck(null, needed, 'https://mien.example', {})).toBe(false)
    }
    for (const media of [[], ['audio'], ['video', 'audio'], ['video', 'video']]) {
      expect(granted(webContents, 'media', media), media.join()).toBe(false)
    }
    for (const mediaType of ['audio', 'unknown']) {
      expect(permissionCheck(webContents, 'media', 'mien://window/', { mediaType })).toBe(false)
    }
    expect(granted(webContents, 'media', ['video'])).toBe(true)
    expect(permissionCheck(webContents, 'media', 'mien://window/', { mediaType: 'video' })).toBe(true)
    expect(granted(created('https://mien.example/'), 'media', ['video'])).toBe(false)
    expect(permissionCheck(null, 'media', 'https://mien.example', { mediaType: 'video' })).toBe(false)
    expect(granted(webContents, 'geolocation', ['video'])).toBe(false)
    expect(devicePermission()).toBe(false)
  })

  test.each([
    ['mien://window/assets/index.js', true],
    ['blob:mien://window/0-1', true],
    ['data:image/png;base64,AA', true],
    ['https://mien.example/', false],
    ['http://127.0.0.1/', false],
    ['ws://127.0.0.1/', false],
    ['file:///etc/passwd', false],
    ['mien://other/', false],
    ['blob:https://mien.example/0', false],
  ])('reach nothing on the network: %s passes: %s', (url, passes) => {
    const answer = vi.fn()
    app.electron.session.defaultSession.beforeRequest({ url }, answer)
    expect(answer).toHaveBeenCalledExactlyOnceWith({ cancel: !passes })
  })
})

describe('the protocol', () => {
  const get = (url: string, method = 'GET') => app.electron.protocol.handlers.get('mien')!({ url, method })

  test('gives the page, with a policy that allows itself only', async () => {
    const response = get('mien://window/')
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('<title>Mien</title>')
    const policy = response.headers.get('Content-Security-Policy')!
    expect(policy).toMatch(/^default-src 'none'; script-src 'self';/)
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
    expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff')
  })

  test.each([
    'mien://window/../secret.txt',
    'mien://window/%2e%2e/secret.txt',
    'mien://window/..%5csecret.txt',
    'mien://window//etc/passwd',
    'mien://window/C:/Windows/win.ini',
    'mien://window/__proto__',
    'mien://other/index.html',
    'mien://window.example/',
    'mien://windowindex.html',
    'mien:///index.html',
    'mien://window/?x',
  ])('has no file for %s', (url) => {
    const response = get(url)
    expect(response.status).toBe(404)
    expect(response.headers.get('Content-Security-Policy')).toMatch(/^default-src 'none'/)
  })

  test.each(['POST', 'PUT', 'HEAD', 'OPTIONS'])('does not know %s', (method) => {
    expect(get('mien://window/', method).status).toBe(404)
  })
})

describe('messages', () => {
  const ours = () => app.electron.windows[0]!.webContents
  const senders: readonly (readonly [name: string, event: () => unknown])[] = [
    ['a frame that is gone', () => ({ sender: ours(), senderFrame: null })],
    [
      'a frame within the page',
      () => ({ sender: ours(), senderFrame: new MemoryFrame('mien://window/', ours().mainFrame) }),
    ],
    [
      'a frame that was the page before',
      () => ({ sender: ours(), senderFrame: new MemoryFrame('mien://window/') }),
    ],
    ['a page of another origin', () => foreignPage('https://mien.example/')],
    ['a page whose address looks alike', () => foreignPage('mien://window.example/')],
    [
      'contents that are no window of ours',
      () => {
        const contents = created('mien://window/')
        return { sender: contents, senderFrame: contents.mainFrame }
      },
    ],
  ]

  test('there is a channel for each command and four more, and no other', () => {
    const channels = [...app.electron.ipcMain.handlers.keys()]
    expect(channels.filter((name) => !commandNames.includes(name as never)).sort()).toEqual([
      'window:folder',
      'window:listen',
      'window:next',
      'window:save',
      'window:upload',
    ])
    expect(channels).toHaveLength(commandNames.length + 5)
  })

  test.each(senders)('from %s enter no command', async (_name, event) => {
    app.entered.length = 0
    for (const [channel, handler] of app.electron.ipcMain.handlers) {
      expect(() => handler(event(), {}), channel).toThrow('refused')
    }
    for (const name of commandNames) {
      for (const [what, payload] of badPayloads(name)) {
        expect(() => app.electron.ipcMain.handlers.get(name)!(event(), payload), what).toThrow('refused')
      }
    }
    expect(app.entered).toEqual([])
  })

  test('from our page with bad parameters enter no command', async () => {
    app.entered.length = 0
    const event = { sender: ours(), senderFrame: ours().mainFrame }
    for (const name of commandNames) {
      for (const [what, payload] of badPayloads(name)) {
        const outcome = await app.electron.ipcMain.handlers.get(name)!(event, payload)
        expect(outcome, `${name} ${what}`).toMatchObject({ failure: { code: 'wrong-use' } })
      }
    }
    expect(app.entered).toEqual([])
  })

  test('from our page are answered', async () => {
    const event = { sender: ours(), senderFrame: ours().mainFrame }
    expect(await app.electron.ipcMain.handlers.get('studio.about')!(event, {})).toEqual({
      ok: { version: '1', platform: 'linux', host: 'app', cluster: null },
    })
  })

  test.each([
    ['window:upload', ['relative.pkl']],
    ['window:upload', [7]],
    ['window:upload', ['']],
    ['window:save', ['a.png', 'text']],
    ['window:save', [{}, new Uint8Array()]],
  ])('to %s with %j are refused', async (channel, given) => {
    const event = { sender: ours(), senderFrame: ours().mainFrame }
    const answered = (async () => app.electron.ipcMain.handlers.get(channel)!(event, ...given))()
    await expect(answered).rejects.toThrow('refused')
  })

  /** Our window after it went elsewhere by some way that nobody knew of. */
  function foreignPage(url: string) {
    const sender = ours()
    const page = sender.mainFrame
    onTestFinished(() => {
      sender.mainFrame = page
    })
    sender.mainFrame = new MemoryFrame(url)
    return { sender, senderFrame: sender.mainFrame }
  }
})

/** Contents that the system made for a page. */
function created(url = 'about:blank'): MemoryContents {
  const contents = new app.electron.MemoryContents()
  contents.mainFrame = new app.electron.MemoryFrame(url)
  app.electron.app.emit('web-contents-created', {}, contents)
  return contents
}
