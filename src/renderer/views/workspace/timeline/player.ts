import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { FilmFrame } from '../../../../shared/film.ts'
import { useClient } from '../../../stores/client.ts'
import { useDrivers } from '../../../stores/drivers.ts'
import { useProject } from '../../../stores/project.ts'
import { useFilm } from '../film/film.ts'
import { useFilmSearch } from '../film/film-search.ts'
import { nextToFetch, type Playhead } from './fetch-order.ts'
import { type FrameRange, frameAt, frameRateOf, playedOn, rangeWith, secondsTo } from './film-times.ts'
import { useFrameLoader } from './frame-loader.ts'
import { nearestKnown, nextOfStrip } from './strip.ts'

/** Bytes of frames that are kept, and of the driver's, which are small. */
const keptResults = 192 * 2 ** 20
const keptSquares = 48 * 2 ** 20

/** Pixels of the sides in which frames are asked for: few, so that a window that is resized makes few anew. */
const sides = [384, 512, 768, 1024] as const

/** Stands for that of a frame in which the driver's face was nowhere to be cut out. */
const noSquare = new Uint8Array()

/**
 * Plays the film at its own pace: the clock never waits. A frame that is not here in time is passed over, and shown when the
 * film comes round again.
 */
export const usePlayer = defineStore('player', () => {
  const client = useClient()
  const project = useProject()
  const film = useFilm()
  const drivers = useDrivers()
  const search = useFilmSearch()

  /** Seconds since the first frame; while it plays they go from frame to frame, for between two of them nothing is to be drawn. */
  const at = ref(0)
  const playing = ref(false)
  const loop = ref(true)
  /** Pixels of the square in which results are shown. */
  const side = ref<(typeof sides)[number]>(512)

  const count = computed(() => film.timeline?.times.length ?? 0)
  /** The part that plays and is exported; null is all of it. */
  const marked = computed<FrameRange | null>(() => {
    const kept = project.setup?.marked
    return kept !== undefined && kept[1] <= count.value ? kept : null
  })
  const range = computed<FrameRange>(() => marked.value ?? [0, count.value])
  const frame = computed(() => (film.timeline === null ? 0 : frameAt(film.timeline, at.value)))
  const length = computed(() => (film.timeline === null ? 0 : secondsTo(film.timeline, count.value)))

  /** Frames that each place of the strips stands for. */
  const strip = shallowRef<readonly FrameRange[]>([])

  const rate = computed(() => (film.timeline === null ? 1 : frameRateOf(film.timeline)))

  /** What is asked for now is here in so many seconds. */
  function playhead(seconds: number): Playhead {
    const lead = Math.ceil(seconds * rate.value)
    return { frame: frame.value, range: range.value, playing: playing.value, loop: loop.value, lead }
  }

  /** Whether there is nothing to see yet: of a film that is drawn, before its directions are found. */
  const isUnseen = computed(() => search.isDrawn && !search.ready)
  const resultKey = computed(() => {
    if (film.timeline === null || film.undraggedKey === null || isUnseen.value) return null
    return `${side.value} ${film.undraggedKey} ${search.run?.id ?? ''}`
  })
  const results = useFrameLoader<FilmFrame>({
    key: () => resultKey.value,
    variant: (one) => `${search.stepsOf(one)} ${film.draggedIn(one)?.join() ?? ''}`,
    shown: () => frame.value,
    next: (has, seconds) =>
      nextToFetch(playhead(seconds), has) ?? (playing.value ? null : nextOfStrip(strip.value, has)),
    ask: (one) =>
      client.call('films.show', {
        ...{ project: project.id!, order: film.order!, frame: one },
        ...{ form: 'square', size: side.value },
      }),
    bytesOf: ({ image }) => image.byteLength,
    most: keptResults,
  })
  const squares = useFrameLoader<Uint8Array>({
    key: () => (film.timeline !== null && film.driver?.squares ? `${project.id} ${film.driver.id}` : null),
    shown: () => frame.value,
    next: (has, seconds) => nextToFetch(playhead(seconds), has) ?? nextOfStrip(strip.value, has),
    ask: async (one) => {
      const of = { project: project.id!, driver: film.driver!.id }
      return (await client.call('drivers.square', { ...of, frame: one })).image ?? noSquare
    },
    bytesOf: (image) => image.byteLength,
    most: keptSquares,
  })

  function look(): void {
    results.look()
    squares.look()
  }

  /** The newest frames that could be shown; they stay until the next are here. */
  const shown = shallowRef<{ readonly frame: number; readonly picture: FilmFrame } | null>(null)
  const shownSquare = shallowRef<{ readonly frame: number; readonly image: Uint8Array | null } | null>(null)
  watch([frame, results.version, resultKey, () => film.key, () => film.timeline], () => {
    // A film that is made more slowly than it plays has none in time at first; until one is seen any is better than none.
    const any = shown.value === null ? nearestKnown([0, count.value], results.has) : null
    const now = results.has(frame.value) ? frame.value : (any ?? frame.value)
    const picture = results.get(now)
    if (picture !== undefined) shown.value = { frame: now, picture }
  })
  watch([frame, squares.version, () => film.timeline], () => {
    const image = squares.get(frame.value)
    if (image !== undefined) shownSquare.value = { frame: frame.value, image: pictureIn(image) ?? null }
  })
  /** Whether the look is no photograph with a face, of which films can be shown. */
  const isFaceless = computed(() => results.none.value !== null && results.none.value === resultKey.value)

  /** The driver's face in a frame; undefined where it is not here, or there is no picture of it. */
  const squareAt = (one: number) => pictureIn(squares.get(one))

  let last = 0
  let request = 0

  function tick(now: number): void {
    if (!playing.value || film.timeline === null) return
    const seconds = (now - last) / 1000
    const [from, to] = range.value
    const part = [secondsTo(film.timeline, from), secondsTo(film.timeline, to)] as const
    const { at: next, ended } = playedOn(at.value, seconds, part, loop.value)
    if (ended) {
      pause()
      goTo(to - 1)
      return
    }
    if (next < at.value || frameAt(film.timeline, next) !== frame.value) {
      last = now
      at.value = next
    }
    request = requestAnimationFrame(tick)
  }

  function play(): void {
    if (film.timeline === null || playing.value) return
    // At its end it begins anew.
    if (!loop.value && frame.value >= range.value[1] - 1) goTo(range.value[0])
    playing.value = true
    last = performance.now()
    request = requestAnimationFrame(tick)
  }

  function pause(): void {
    playing.value = false
    cancelAnimationFrame(request)
  }

  function toggle(): void {
    if (playing.value) pause()
    else play()
  }

  /** Shows a frame, the nearest that there is. */
  function goTo(wanted: number): void {
    if (film.timeline === null) return
    last = performance.now()
    at.value = secondsTo(film.timeline, Math.min(count.value - 1, Math.max(0, Math.round(wanted))))
  }

  /** So many frames on, or back; it stands then. */
  function step(by: number): void {
    pause()
    goTo(frame.value + by)
  }

  /** Begins or ends the part that plays; `frame` is the first of it, or the one after its last. */
  function mark(end: 'from' | 'to', to: number): void {
    const next = rangeWith(range.value, end, to, count.value)
    markPart(next[0] === 0 && next[1] === count.value ? null : next)
  }

  const markAll = () => markPart(null)

  function markPart(part: FrameRange | null): void {
    project.view(
      ({ marked: _, ...setup }) => (part === null ? setup : { ...setup, marked: [...part] }),
      'marked',
    )
  }

  /** Frames are shown in a square of so many pixels. */
  function fit(pixels: number): void {
    side.value = sides.find((one) => one >= pixels) ?? sides.at(-1)!
  }

  const changing = [() => film.timeline, () => film.keyFrames, () => search.errors]
  watch([frame, playing, range, strip, ...changing], look, { flush: 'post' })
  watch(
    () => film.timeline,
    () => {
      pause()
      at.value = 0
      shown.value = null
      shownSquare.value = null
      strip.value = []
    },
    { flush: 'sync' },
  )
  // A new film plays as soon as there is something to see, unless somebody has gone through it, or the system asks for stillness.
  watch(
    [() => drivers.fresh, () => film.timeline, isUnseen, () => film.look !== null && film.way === null],
    ([fresh, timeline, unseen, unknown]) => {
      if (fresh === null || fresh !== film.driver?.id || timeline === null || unseen || unknown) return
      drivers.fresh = null
      if (at.value === 0 && !matchMedia('(prefers-reduced-motion: reduce)').matches) play()
    },
    { immediate: true },
  )
  watch(
    () => search.isUnsearched,
    (unsearched) => {
      if (unsearched) pause()
    },
  )

  return {
    at,
    playing,
    loop,
    marked,
    range,
    count,
    frame,
    length,
    shown,
    shownSquare,
    isFaceless,
    isUnseen,
    strip,
    hasResult: results.has,
    resultAt: results.get,
    resultVersion: results.version,
    hasSquare: (one: number) => squareAt(one) !== undefined,
    squareAt,
    squareVersion: squares.version,
    play,
    pause,
    toggle,
    goTo,
    step,
    mark,
    markAll,
    fit,
  }
})

function pictureIn(square: Uint8Array | undefined): Uint8Array | undefined {
  return square?.byteLength ? square : undefined
}
