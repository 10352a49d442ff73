import { spawn } from 'node:child_process'

/** What opens an address in the user's browser, by operating system. */
const openers: Partial<Record<NodeJS.Platform, readonly [program: string, ...first: string[]]>> = {
  darwin: ['open'],
  // Not "start", which is of the shell: an address is no text for a shell.
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
  linux: ['xdg-open'],
  freebsd: ['xdg-open'],
}

/** Opens an address in the user's browser; false where that cannot be done. */
export function openBrowser(address: string): Promise<boolean> {
  const [program, ...first] = openers[process.platform] ?? []
  if (program === undefined) return Promise.resolve(false)
  return new Promise((resolve) => {
    const child = spawn(program, [...first, address], { stdio: 'ignore', detached: true })
    child.once('error', () => resolve(false))
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
  })
}
