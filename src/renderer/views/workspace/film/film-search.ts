import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { furtherFrameSteps } from '../../../../engine/animation/frame-steps.ts'
import { activeStates, type Run } from '../../../../shared/run.ts'
import type { RunTitle } from '../../../../shared/run-naming.ts'
import { useAsk } from '../../../stores/client.ts'
import { useProject } from '../../../stores/project.ts'
import { useRuns } from '../../../stores/runs.ts'
import { isSame } from '../../../stores/same.ts'
import type { FrameRange } from '../timeline/film-times.ts'
import { floatsOf, useFilm } from './film.ts'

/** What was found of a film that is drawn, and of which film. */
interface Found {
  readonly key: string
  readonly run: string
  readonly ready: boolean
  /** Of each frame; NaN where it is not found. */
  readonly errors: Float32Array
  /** By how many steps each frame was searched last; 0 where it is not found. */
  readonly steps: Float32Array
}

export type FurtherSteps = (typeof furtherFrameSteps)[number]

/** Milliseconds between two looks at a search that goes on. */
const lookEvery = 700

/** The search for a film that is drawn: how far it is, and what of the film as it is to be now it has found. */
export const useFilmSearch = defineStore('film-search', () => {
  const ask = useAsk()
  const film = useFilm()
  const project = useProject()
  const runs = useRuns()

  const found = shallowRef<Found | null>(null)
  /** The film of which that is known, also where nothing is found. */
  const answered = ref<string | null>(null)
  const isDrawn = computed(() => film.way === 'drawn')
  const run = computed<Run | null>(() =>
    found.value === null ? null : (runs.byId.get(found.value.run) ?? null),
  )
  const underWay = computed(
    () => run.value !== null && (run.value.state === 'queued' || activeStates.includes(run.value.state)),
  )
  /** Whether the frames can be looked at. */
  const ready = computed(() => isDrawn.value && found.value?.ready === true)
  /** Whether it is known that they cannot. */
  const isUnsearched = computed(() => isDrawn.value && answered.value === film.key && !ready.value)
  const errors = computed(() => (found.value?.key === film.key ? found.value!.errors : null))
  const steps = computed(() => (found.value?.key === film.key ? found.value!.steps : null))
  /** By how many steps a frame was searched last; 0 where it is not found as it is to be now. */
  const stepsOf = (frame: number) => steps.value?.[frame] ?? 0
  /** By how many steps the least searched of some frames was searched. */
  const leastStepsIn = ([from, to]: FrameRange) => Math.min(...(steps.value?.slice(from, to) ?? [0]))
  /** By how many steps they can be searched again; undefined where more bring nothing. */
  const furtherSteps = (range: FrameRange) => furtherFrameSteps.find((count) => count > leastStepsIn(range))
  /** Frames that are not found as they are to be now; null while nobody knows. */
  const missing = computed(() => errors.value?.filter(Number.isNaN).length ?? null)
  /** The frames that go first in the search that was begun here last. */
  const passage = shallowRef<FrameRange | null>(null)
  const missingIn = ([from, to]: FrameRange) =>
    errors.value?.subarray(from, to).filter(Number.isNaN).length ?? 0
  /** Whether what is searched for is not what is asked for any more. */
  const outdated = computed(
    () => underWay.value && run.value !== null && !isSame(run.value.setup.film, project.setup?.film),
  )

  /** Changes whenever a run may have found more. */
  const news = computed(() => {
    if (project.id === null || !isDrawn.value) return ''
    const films = runs.ofProject(project.id).filter(({ kind }) => kind === 'film')
    return films.map(({ id, state, step, filming }) => `${id} ${state} ${step} ${filming?.part}`).join()
  })

  let busy = false
  let again = false

  /** Asks what is found, now or as soon as it was answered before. */
  async function look(): Promise<void> {
    again = busy
    if (busy) return
    const { key, order } = film
    const of = project.id
    if (of === null || key === null || order?.drawn === undefined) {
      found.value = null
      return
    }
    busy = true
    const answer = await ask('films.found', { project: of, order })
    if (film.key === key) {
      found.value = answer
        ? { ...answer, key, errors: floatsOf(answer.errors), steps: floatsOf(answer.steps) }
        : null
      answered.value = key
      await new Promise((resolve) => setTimeout(resolve, lookEvery))
    }
    busy = false
    if (again || film.key !== key) void look()
  }

  watch([() => film.key, news], look, { immediate: true })

  /**
   * Searches for what is not found yet, those frames first.
   *
   * @param title of the run, where it is a new one
   * @param again by how many steps those frames are searched again
   */
  async function start(first: FrameRange | null, title: RunTitle, again?: FurtherSteps): Promise<void> {
    const of = project.id
    if (of === null || project.setup === null) return
    passage.value = first
    const made = await runs.film(of, {
      ...{ ...title, setup: structuredClone(project.setup) },
      ...(first !== null && { passage: [first[0], first[1]] }),
      ...(again !== undefined && { again }),
    })
    if (made !== undefined && project.id === of) await look()
  }

  return {
    ...{ isDrawn, run, underWay, ready, isUnsearched, errors, stepsOf, leastStepsIn, furtherSteps },
    ...{ missing, missingIn, passage, outdated, start },
  }
})
