import type { Browser, Page } from 'playwright-core'

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  /** Microseconds. */
  readonly ts: number
  readonly dur?: number
  /** What the thread itself computed of it. */
  readonly tdur?: number
}

/** What runs scripts, as Chromium's trace calls it. */
const scripts = new Set([
  'EvaluateScript',
  'EventDispatch',
  'FireAnimationFrame',
  'FunctionCall',
  'RunMicrotasks',
  'TimerFire',
])

/** With it the main thread gives a frame to the compositor. */
const frameEnd = 'Commit'

/** Milliseconds of script in every frame of the main thread while `act` goes on, in their order. */
export async function scriptTimes(browser: Browser, page: Page, act: () => Promise<void>): Promise<number[]> {
  await browser.startTracing(page, {
    categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'devtools.timeline.frame'],
  })
  await act()
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] }
  const events = trace.traceEvents.filter(({ ph }) => ph === 'X')
  const thread = busiestThread(events)
  const own = events.filter((event) => threadOf(event) === thread).sort((a, b) => a.ts - b.ts)
  const frames = own.filter(({ name }) => name === frameEnd).map(({ ts }) => ts)
  const times = frames.map(() => 0)
  let end = 0
  let frame = 0
  for (const { name, ts, dur = 0, tdur } of own) {
    // What lies within another script is part of that one.
    if (!scripts.has(name) || ts < end) continue
    end = ts + dur
    while (frame < frames.length && frames[frame]! < ts) frame++
    if (frame < frames.length) times[frame]! += (tdur ?? dur) / 1000
  }
  return times
}

const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`

function busiestThread(events: readonly TraceEvent[]): string {
  const counts = new Map<string, number>()
  for (const event of events) {
    if (event.name === frameEnd) counts.set(threadOf(event), (counts.get(threadOf(event)) ?? 0) + 1)
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? ''
}

/** Scrolls the gallery of a page down by 60 turns of the wheel. */
export async function scrollGallery(page: Page): Promise<void> {
  await page.mouse.move(700, 500)
  for (let i = 0; i < 60; i++) {
    await page.mouse.wheel(0, 240)
    await page.waitForTimeout(16)
  }
}

/** The value below which that share of them lies. */
export function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? Number.NaN
}
