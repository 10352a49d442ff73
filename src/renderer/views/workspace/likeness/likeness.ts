import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { ExportedFile, LikenessExport } from '../../../../shared/exports.ts'
import type { Likeness, LikenessOrder } from '../../../../shared/likeness.ts'
import { modelFor } from '../../../../shared/model-choice.ts'
import type { ResultKind } from '../../../../shared/setup.ts'
import { useAsk, useSave } from '../../../stores/client.ts'
import { useModels } from '../../../stores/models.ts'
import { useProject } from '../../../stores/project.ts'
import { useWorkspace } from '../workspace.ts'
import { photographOrder } from './photograph-order.ts'

/** Pixels of the square that is shown. */
const side = 1024

/** Milliseconds without a change until the photograph is read by the recognition network, which takes a moment. */
const quiet = 500

/**
 * The look's photograph with the other picture's landmarks, as it stands in the result's place. It needs no search: it is
 * there as soon as both faces are, and follows everything that is turned.
 */
export const useLikeness = defineStore('likeness', () => {
  const ask = useAsk()
  const save = useSave()
  const project = useProject()
  const workspace = useWorkspace()
  const models = useModels()

  const made = shallowRef<Likeness | null>(null)
  /** What the user chose in this window, also where nothing can be kept. */
  const chosenHere = ref<ResultKind | null>(null)
  /** What the user wants to see; null leaves it to what the look is. */
  const chosen = computed({
    get: () => chosenHere.value ?? project.setup?.result ?? null,
    set(kind) {
      chosenHere.value = kind
      project.showAs(kind ?? undefined)
    },
  })
  const wholeOpen = ref(false)
  /** Of the photograph: another number for every other picture. */
  const version = ref(0)

  /**
   * What the photograph is made for: the newest run and a face that was taught follow what is turned, others stay as they
   * were made.
   */
  const setup = computed(() => {
    const { run, list } = workspace
    const follows = run === null || run.id === list[0]?.id || run.kind === 'tuning'
    return follows ? project.setup : run.setup
  })

  const order = computed<LikenessOrder | null>(() => {
    // A film stands in its place.
    if (setup.value === null || project.setup?.driver !== undefined) return null
    const run = workspace.newest === null ? null : (workspace.run?.id ?? null)
    return photographOrder(setup.value, project.pictures, workspace.modelGroupWeights, run)
  })

  /** Changes whenever another photograph is to be made. */
  const wanted = computed(() => {
    if (order.value === null) return null
    const { look, landmarks, sources, run } = order.value
    const cut = [look, landmarks, ...sources].map(
      (id) => project.pictures.find((picture) => picture.id === id)?.alignment,
    )
    const step = run === null ? null : workspace.newest?.step
    return JSON.stringify([project.id, order.value, cut, step])
  })

  const photographed = computed(() => made.value !== null && workspace.moment === null)
  /** Whether the photograph stands in the result's place. */
  const shown = computed(() => {
    if (!photographed.value) return false
    // What follows a search from picture to picture is not to be looked at unasked.
    const isOwn = !made.value!.drawn && (order.value?.run === null || order.value?.aim === 'result')
    // What a tuned generator draws is the person, and moves.
    const { run } = workspace
    const generator = setup.value && modelFor('generator', setup.value.models, models.list)
    const isTuned = run !== null && (run.kind === 'tuning' || generator?.original != null)
    return chosen.value === null ? isOwn && !isTuned : chosen.value === 'photograph'
  })

  let busy = false
  /** What `made` was made for. */
  let madeFor: string | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  /** Makes what is wanted now; what was turned meanwhile is made next, and nothing in between. */
  async function make(): Promise<void> {
    if (busy) return
    busy = true
    for (let next = wanted.value; next !== madeFor; next = wanted.value) {
      const fresh = next === null ? null : await asked(false)
      if (fresh === undefined && next === wanted.value) break
      if (fresh === undefined) continue
      madeFor = next
      made.value = fresh
      version.value++
    }
    busy = false
    clearTimeout(timer)
    if (made.value !== null) timer = setTimeout(judge, quiet)
  }

  async function judge(): Promise<void> {
    const of = madeFor
    if (busy || of === null || of !== wanted.value) return
    const judged = await asked(true)
    if (judged && madeFor === of && wanted.value === of) made.value = judged
  }

  /** Undefined where it failed; the reason was shown. */
  async function asked(judged: boolean): Promise<Likeness | null | undefined> {
    if (project.id === null || order.value === null) return null
    return ask('likeness.show', {
      ...{ project: project.id, order: order.value, size: side, judge: judged },
      form: 'square',
    })
  }

  /** The whole photograph with the face in its place, no larger than asked; null where it could not be made. */
  async function whole(size: number): Promise<Uint8Array | null> {
    if (project.id === null || order.value === null) return null
    const of = { project: project.id, order: order.value }
    return (await ask('likeness.show', { ...of, form: 'whole', size, judge: false }))?.image ?? null
  }

  /** The photograph as a file; undefined where that failed. */
  async function exported(wish: LikenessExport): Promise<ExportedFile | undefined> {
    if (project.id === null || order.value === null) return undefined
    return ask('likeness.export', { project: project.id, order: order.value, export: wish })
  }

  /** Saves it where the user wants it. */
  async function exportAs(wish: LikenessExport): Promise<void> {
    const file = await exported(wish)
    if (file !== undefined) await save(file)
  }

  watch(wanted, make, { immediate: true })
  watch(
    () => [project.id, project.setup?.look] as const,
    ([id, look], [idBefore, lookBefore]) => {
      if (id !== idBefore) {
        chosenHere.value = null
        wholeOpen.value = false
      }
      // How a film is made is a step of undo.
      else if (look !== lookBefore && project.setup?.driver === undefined) chosen.value = null
    },
  )

  return { made, order, chosen, shown, photographed, setup, wholeOpen, version, whole, exported, exportAs }
})
