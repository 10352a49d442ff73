import { join } from 'node:path'
import { type BrowserWindow, type Rectangle, screen } from 'electron'
import * as v from 'valibot'
import { readTextIfAny, writeFileAtomic } from '../node/host/files.ts'

const whole = v.pipe(v.number(), v.safeInteger())
const size = v.pipe(whole, v.minValue(200), v.maxValue(20_000))
const windowState = v.strictObject({
  bounds: v.strictObject({ x: v.exactOptional(whole), y: v.exactOptional(whole), width: size, height: size }),
  maximised: v.boolean(),
})
export type WindowState = v.InferOutput<typeof windowState>

const first: WindowState = { bounds: { width: 1440, height: 900 }, maximised: false }
/** Milliseconds after the last move or change of size. */
const patience = 500

/** Where the window was, unless that is not to be seen any more. */
export async function readWindowState(home: string): Promise<WindowState> {
  const kept = v.safeParse(windowState, parsed(await readTextIfAny(fileIn(home))))
  if (!kept.success) return first
  const { x, y } = kept.output.bounds
  return x === undefined || y === undefined || isVisible(x, y) ? kept.output : first
}

/** Writes down where the window is, whenever it has come to rest. */
export function keepWindowState(window: BrowserWindow, home: string): void {
  let timer: NodeJS.Timeout | undefined
  const write = () => {
    clearTimeout(timer)
    if (window.isDestroyed()) return
    const state: WindowState = { bounds: plain(window.getNormalBounds()), maximised: window.isMaximized() }
    // What is lost is a convenience.
    writeFileAtomic(fileIn(home), JSON.stringify(state)).catch(() => undefined)
  }
  const soon = () => {
    clearTimeout(timer)
    timer = setTimeout(write, patience)
  }
  window.on('resize', soon)
  window.on('move', soon)
  window.on('close', write)
}

function fileIn(home: string): string {
  return join(home, 'window.json')
}

function plain({ x, y, width, height }: Rectangle): WindowState['bounds'] {
  return { x, y, width, height }
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

/** Whether the title bar at that corner lies on some screen. */
function isVisible(x: number, y: number): boolean {
  return screen.getAllDisplays().some(({ workArea }) => {
    const { x: left, y: top, width, height } = workArea
    return x > left - 400 && x < left + width - 100 && y >= top - 10 && y < top + height - 50
  })
}
