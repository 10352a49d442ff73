import { type BrowserWindow, Notification } from 'electron'
import type { EventReaders } from '../shared/event-queue.ts'
import { activeStates, type Run } from '../shared/run.ts'
import type { MenuTexts } from './menu-texts.ts'

export interface SignalNeeds {
  readonly events: EventReaders
  readonly window: () => BrowserWindow | undefined
  readonly texts: () => MenuTexts
  /** Whether the user wants to be told when a run is over. */
  readonly notify: () => Promise<boolean>
  /** The user clicked on what was told of a run. */
  readonly show: (project: string) => void
}

/** Shows the system how far the runs are, and tells when one is over and the window is not before the user. */
export async function signalRuns({ events, window, texts, notify, show }: SignalNeeds): Promise<void> {
  const active = new Map<string, Run>()
  const queue = events.open()
  for (let event = await queue.next(); event !== undefined; event = await queue.next()) {
    if (event.name === 'run.removed') active.delete(event.data.run)
    if (event.name === 'run') {
      const { data: run } = event
      const wasActive = active.delete(run.id)
      if (activeStates.includes(run.state)) active.set(run.id, run)
      else if (wasActive && (run.state === 'done' || run.state === 'failed')) await tell(run)
    }
    window()?.setProgressBar(progressOf([...active.values()]))
  }

  async function tell(run: Run): Promise<void> {
    if (window()?.isFocused() || !Notification.isSupported() || !(await notify())) return
    const body = run.state === 'done' ? texts().done : texts().failed
    const notification = new Notification({ title: run.name, body })
    notification.on('click', () => show(run.project))
    notification.show()
  }
}

/** As Electron wants it: below 0 for nothing, 0..1, and above 1 where the end is not known. */
export function progressOf(runs: readonly Run[]): number {
  if (runs.length === 0) return -1
  const known = runs.filter(({ steps }) => steps !== null && steps > 0)
  if (known.length < runs.length) return 2
  return known.reduce((sum, { step, steps }) => sum + Math.min(1, step / steps!), 0) / known.length
}
