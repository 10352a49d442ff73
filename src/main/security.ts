import { app, type Session, shell, type WebContents } from 'electron'
import { windowAddress, windowOrigin } from './protocol.ts'

/** What the user's browser may be asked to open. */
const openable = [
  'https://github.com/',
  'https://huggingface.co/',
  'https://creativecommons.org/',
  'https://nvlabs.github.io/',
]

/** The permissions that the window needs beside the camera: a picture that the user copies, and one on the whole screen. */
const grantedPermissions: readonly string[] = ['clipboard-sanitized-write', 'fullscreen']

/** Takes from a session what the window has no use for: permissions, devices, and the network. */
export function closeSession(session: Session): void {
  session.setPermissionRequestHandler((contents, permission, answer, details) => {
    const media = 'mediaTypes' in details ? details.mediaTypes : undefined
    answer(isGranted(permission, media) && contents.getURL().startsWith(windowAddress))
  })
  session.setPermissionCheckHandler(
    (_contents, permission, origin, { mediaType }) =>
      isGranted(permission, mediaType && [mediaType]) && origin.startsWith(windowOrigin),
  )
  session.setDevicePermissionHandler(() => false)
  session.webRequest.onBeforeRequest(({ url }, answer) => {
    answer({ cancel: !/^(mien:\/\/window\/|blob:mien:\/\/window\/|data:|devtools:)/.test(url) })
  })
}

/** Of media only the camera, never with a microphone. */
function isGranted(permission: string, media: readonly string[] = []): boolean {
  if (permission === 'media') return media.length === 1 && media[0] === 'video'
  return grantedPermissions.includes(permission)
}

/** Keeps every page where it is: no navigation, no windows, no pages within. */
export function closeContents(): void {
  app.on('web-contents-created', (_event, contents) => close(contents))
}

function close(contents: WebContents): void {
  const prevent = (event: { preventDefault(): void }) => event.preventDefault()
  contents.on('will-navigate', prevent)
  contents.on('will-frame-navigate', prevent)
  contents.on('will-redirect', prevent)
  contents.on('will-attach-webview', prevent)
  contents.setWindowOpenHandler(({ url }) => {
    openOutside(url)
    return { action: 'deny' }
  })
}

/** Opens an address of the list in the user's browser; any other is ignored. */
export function openOutside(address: string): void {
  const url = URL.canParse(address) ? new URL(address) : undefined
  const plain = url !== undefined && url.username === '' && url.password === '' && url.port === ''
  if (plain && openable.some((allowed) => url.href.startsWith(allowed))) void shell.openExternal(url.href)
}
