import { defineStore } from 'pinia'
import { useClient } from './client.ts'

/** Addresses that are kept: several screens of the gallery. */
const mostKept = 600
/** Pictures that are asked for at a time. */
const atOnce = 6
/** Pictures that are begun with each frame: asking for one takes as long as drawing a tile, and scrolling comes first. */
const eachFrame = 2
/** Milliseconds: where row after row comes within less, the list flies past, and nothing is asked for until it slows down. */
const flight = 100
/** Milliseconds within which the wishes of one row come. */
const oneRow = 8

interface Wanted {
  readonly project: string
  readonly key: string
  readonly signal: AbortSignal
  readonly resolve: (address: string | null) => void
}

/** Small pictures of projects, asked for when they come into sight, the newest wish first, and kept as blob addresses. */
export const useThumbnails = defineStore('thumbnails', () => {
  const client = useClient()
  const kept = new Map<string, string>()
  const wanted: Wanted[] = []
  let asked = 0
  let scheduled = false
  let newestWish = Number.NEGATIVE_INFINITY
  let flightEnd = Number.NEGATIVE_INFINITY

  /** The address, if it is here already. */
  function known(project: string, thumbnail: string): string | undefined {
    return kept.get(`${project} ${thumbnail}`)
  }

  /** The address of a project's picture; null where there is none, or `signal` said that it is out of sight again. */
  function load(project: string, thumbnail: string, signal: AbortSignal): Promise<string | null> {
    const key = `${project} ${thumbnail}`
    const address = kept.get(key)
    if (address !== undefined) return Promise.resolve(address)
    const now = performance.now()
    const pause = now - newestWish
    if (pause > oneRow && pause < flight) flightEnd = now + flight
    newestWish = now
    return new Promise((resolve) => {
      wanted.push({ project, key, signal, resolve })
      schedule()
    })
  }

  function schedule(): void {
    if (scheduled || wanted.length === 0 || asked >= atOnce) return
    scheduled = true
    requestAnimationFrame(begin)
  }

  function begin(): void {
    scheduled = false
    const most = performance.now() < flightEnd ? 0 : eachFrame
    for (let begun = 0; begun < most && asked < atOnce; ) {
      const wish = wanted.pop()
      if (wish === undefined) return
      if (wish.signal.aborted) wish.resolve(null)
      else {
        begun++
        void ask(wish)
      }
    }
    schedule()
  }

  async function ask({ project, key, resolve }: Wanted): Promise<void> {
    asked++
    const shown = await client.call('projects.thumbnail', { project }).catch(() => null)
    asked--
    resolve(kept.get(key) ?? (shown?.image ? keep(key, shown.image) : null))
    schedule()
  }

  function keep(key: string, image: Uint8Array): string {
    const address = URL.createObjectURL(new Blob([image as Uint8Array<ArrayBuffer>]))
    kept.set(key, address)
    const [oldest] = kept
    if (kept.size > mostKept && oldest !== undefined) {
      URL.revokeObjectURL(oldest[1])
      kept.delete(oldest[0])
    }
    return address
  }

  return { known, load }
})
