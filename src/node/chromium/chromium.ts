import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { removeFolder } from '../host/files.ts'
import { firstThere, programOnPath } from '../host/programs.ts'
import { makeTemporaryFolder } from '../host/temporary-folder.ts'

/** A Chromium without a window, on one page. */
export interface Chromium {
  close(): Promise<void>
}

/** What it may be called on the PATH. */
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge']

/** Where it is installed on systems that have no such programs on the PATH. */
const places: Partial<Record<NodeJS.Platform, () => readonly string[]>> = {
  darwin: () =>
    ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
      (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
    ),
  win32: () =>
    [process.env.ProgramFiles, process.env['ProgramFiles(x86)'], process.env.LOCALAPPDATA]
      .filter((folder) => folder !== undefined)
      .flatMap((folder) =>
        ['Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe'].map((path) =>
          join(folder, path),
        ),
      ),
}

/** Milliseconds that it has to leave by itself. */
const farewell = 3000

/** The Chromium that CHROMIUM names, or one that is installed; undefined if there is none. */
export async function findChromium(): Promise<string | undefined> {
  const named = process.env.CHROMIUM
  if (named) return firstThere([named])
  return (await programOnPath(names)) ?? firstThere(places[process.platform]?.() ?? [])
}

/**
 * Opens a page in a Chromium of its own, with an empty profile. The address goes through a pipe, not among the arguments,
 * which other users of the machine can read; and with the pipe Chromium ends, also when this process is killed.
 *
 * @param onExit is called if it ends by itself, with its last words
 */
export async function openChromium(
  program: string,
  address: string,
  onExit: (reason: string) => void,
): Promise<Chromium> {
  const profile = await makeTemporaryFolder('chromium')
  const child = spawn(program, flags(profile), { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] })
  let lastWords = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-1000)
  })
  const gone = new Promise<void>((resolve) => {
    const end = (reason: string) => {
      onExit(reason)
      resolve()
    }
    child.once('error', (error) => end(error.message))
    child.once('close', (code, signal) => {
      end(lastWords.trim().split('\n').at(-1) || (signal ?? `it ended with exit code ${code}`))
    })
  })
  const [, , , orders, answers] = child.stdio as unknown as [
    null,
    null,
    null,
    Writable,
    NodeJS.ReadableStream,
  ]
  // A Chromium that is gone reports through its exit.
  orders.on('error', () => undefined)
  answers.on('error', () => undefined).resume()
  orders.write(`${JSON.stringify({ id: 1, method: 'Target.createTarget', params: { url: address } })}\0`)
  return {
    async close() {
      orders.end()
      const timer = setTimeout(() => child.kill('SIGKILL'), farewell)
      await gone
      clearTimeout(timer)
      await removeFolder(profile)
    },
  }
}

function flags(profile: string): readonly string[] {
  return [
    '--headless',
    '--remote-debugging-pipe',
    '--no-startup-window',
    `--user-data-dir=${profile}`,
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-extensions',
    '--disable-sync',
    '--mute-audio',
    // Chromium does not start its sandbox for root, and nothing else in its place.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ]
}
