import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { RunMoment } from '../../../../shared/run.ts'
import { useRuns } from '../../../stores/runs.ts'
import { useWorkspace } from '../workspace.ts'
import { nearestMoment } from './nearest-moment.ts'

/** Milliseconds between two looks at the history of a run that goes on. */
const lookEvery = 3000
const mostPictures = 200

/** The moments of the shown run that can be looked at, and branched from where they are keyframes. */
export const useMoments = defineStore('moments', () => {
  const runs = useRuns()
  const workspace = useWorkspace()
  const list = shallowRef<readonly RunMoment[]>([])
  const keyframes = computed(() => list.value.filter(({ keyframe }) => keyframe))
  const pictures = new Map<string, Promise<Uint8Array | null>>()
  const looked = ref(0)
  let later: ReturnType<typeof setTimeout> | undefined
  /** What was shown before the moment of a branch; undefined while that is not aimed at. */
  let shownBefore: number | null | undefined

  /** The keyframe that a branch from the shown moment begins at; the newest where nothing older is shown. */
  const branchStep = computed(() => {
    const at = workspace.moment ?? list.value.at(-1)?.step
    return at === undefined ? null : (nearestMoment(keyframes.value, at)?.step ?? null)
  })

  async function look(): Promise<void> {
    clearTimeout(later)
    later = undefined
    looked.value = Date.now()
    const run = workspace.run
    if (run === null) return
    const moments = await runs.history(run)
    if (workspace.run?.id === run.id && moments !== undefined) list.value = moments
  }

  /** The picture of a moment of the shown run. */
  function picture(step: number): Promise<Uint8Array | null> {
    const run = workspace.run
    if (run === null) return Promise.resolve(null)
    const key = `${run.id} ${step}`
    const known = pictures.get(key) ?? runs.moment(run, step).then((preview) => preview?.image ?? null)
    pictures.set(key, known)
    if (pictures.size > mostPictures) pictures.delete(pictures.keys().next().value!)
    return known
  }

  /** Shows the moment that a branch would begin at, for as long as one is about to be made. */
  function aim(): void {
    if (branchStep.value === null || shownBefore !== undefined) return
    shownBefore = workspace.moment
    workspace.moment = branchStep.value
  }

  /** Shows again what was shown before, unless something else was chosen meanwhile. */
  function unaim(): void {
    if (shownBefore !== undefined) workspace.moment = shownBefore
    shownBefore = undefined
  }

  /** Shows the moment nearest to a step, or the newest picture beyond the last one. */
  function goTo(step: number): void {
    const last = list.value.at(-1)
    shownBefore = undefined
    workspace.moment = last === undefined || step >= last.step ? null : nearestMoment(list.value, step)!.step
  }

  /** Shows the moment so many places away. */
  function move(by: number): void {
    const now = workspace.moment ?? Number.POSITIVE_INFINITY
    const at = list.value.findIndex(({ step }) => step >= now)
    const next = list.value[Math.max(0, (at < 0 ? list.value.length - 1 : at) + by)]
    if (next === undefined) workspace.moment = null
    else goTo(next.step)
  }

  watch(
    () => workspace.run?.id,
    () => {
      list.value = []
      shownBefore = undefined
      pictures.clear()
      void look()
    },
    { immediate: true },
  )
  watch(
    () => [workspace.run?.step, workspace.run?.state],
    () => {
      later ??= setTimeout(look, Math.max(0, looked.value + lookEvery - Date.now()))
    },
  )

  return { list, branchStep, picture, aim, unaim, goTo, move }
})
