import { protocol } from 'electron'
import type { WindowFile } from '../node/hosts/window-files.ts'
import { windowHeaders } from '../node/hosts/window-policy.ts'

const scheme = 'mien'
/** Where the window's page is; what has another beginning is not of the window. */
export const windowOrigin = `${scheme}://window`
export const windowAddress = `${windowOrigin}/`

/** Tells Chromium, before the app is ready, that addresses of the window are like those of a secure host. */
export function registerScheme(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true, codeCache: true }
  protocol.registerSchemesAsPrivileged([{ scheme, privileges }])
}

/** Gives the window its files, from a list: no address ever touches the disk. */
export function serveWindowFiles(files: ReadonlyMap<string, WindowFile>): void {
  protocol.handle(scheme, (request) => {
    const file = request.method === 'GET' ? files.get(pathOf(request.url)) : undefined
    if (file === undefined)
      return new Response('There is no such file.', { status: 404, headers: windowHeaders })
    return new Response(file.bytes as Uint8Array<ArrayBuffer>, {
      headers: { ...windowHeaders, 'Content-Type': file.type },
    })
  })
}

/** '' for addresses that are not of the window. */
function pathOf(address: string): string {
  return address.startsWith(windowAddress) ? address.slice(windowOrigin.length) : ''
}
