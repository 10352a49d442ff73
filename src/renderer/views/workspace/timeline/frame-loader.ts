import { ref, shallowRef, watch } from 'vue'
import { type BoundedCache, boundedCache } from '../../../../shared/bounded-cache.ts'
import { failureOf } from '../../../stores/client.ts'
import { useConnection } from '../../../stores/connection.ts'
import { useNotices } from '../../../stores/notices.ts'

/** What is fetched, and in which order. */
export interface FrameSource<T> {
  /** Names all that its frames depend on; null where there are none. */
  key(): string | null
  /** Names what a frame depends on beside, if there is any such thing. */
  readonly variant?: (frame: number) => string
  /**
   * The frame that is shown, and the one to be fetched next beside those that are there or on their way, null if none. A frame takes
   * about so many seconds to come.
   */
  shown(): number
  next(has: (frame: number) => boolean, seconds: number): number | null
  /** @throws ServiceFailure, 'stopped' where another one was wanted more */
  ask(frame: number): Promise<T | null>
  readonly bytesOf: (picture: T) => number
  /** Bytes that are kept. */
  readonly most: number
}

/** One is made while the next one waits, so that whoever makes them never does. */
const atOnce = 2

/** Seconds that a frame is taken to need before one was fetched. */
const firstGuess = 0.2

/** Fetches pictures of frames as they are needed, and keeps them. To be used where stores are set up. */
export function useFrameLoader<T>(source: FrameSource<T>) {
  const notices = useNotices()
  const connection = useConnection()
  const kept: BoundedCache<T> = boundedCache(source.most, source.bytesOf)
  const underWay = new Set<string>()
  /** Grows whenever one more is here. */
  const version = ref(0)
  /** The key of which there are no pictures. */
  const none = shallowRef<string | null>(null)
  /** The key of which one could not be made: the others would not be either. */
  let failed: string | null = null
  let seconds = firstGuess

  const nameOf = (key: string, frame: number) => `${frame} ${source.variant?.(frame) ?? ''} ${key}`

  function has(frame: number): boolean {
    const key = source.key()
    return key !== null && kept.has(nameOf(key, frame))
  }

  /** The picture, if it is here. */
  function get(frame: number): T | undefined {
    const key = source.key()
    return key === null ? undefined : kept.get(nameOf(key, frame))
  }

  /** Fetches what is needed now; to be called whenever that may be something else. */
  function look(): void {
    for (;;) {
      const key = source.key()
      if (key === null || key === failed || key === none.value) return
      const isComing = (frame: number) => kept.has(nameOf(key, frame)) || underWay.has(nameOf(key, frame))
      const next = source.next(isComing, seconds)
      if (next === null) return
      // What is to be seen now does not wait behind what may be seen later.
      if (underWay.size >= atOnce + (next === source.shown() ? 1 : 0)) return
      void fetchOne(key, next)
    }
  }

  async function fetchOne(key: string, frame: number): Promise<void> {
    const name = nameOf(key, frame)
    underWay.add(name)
    const began = performance.now()
    try {
      const picture = await source.ask(frame)
      if (picture === null) none.value = key
      else {
        kept.set(name, picture)
        version.value++
        seconds += (Math.min(5, (performance.now() - began) / 1000) - seconds) / 4
      }
    } catch (error) {
      const failure = failureOf(error)
      if (failure.code !== 'stopped' && failed !== key && source.key() === key) {
        failed = key
        notices.fail(failure)
      }
    }
    underWay.delete(name)
    look()
  }

  watch(source.key, look, { flush: 'sync' })
  watch(
    () => connection.now,
    (now) => {
      if (now !== 'connected') return
      failed = null
      look()
    },
  )

  return { has, get, look, version, none }
}
