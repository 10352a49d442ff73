import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { referenceGroupWeights } from '../../../engine/face/landmark-groups.ts'
import { modelFor } from '../../../shared/model-choice.ts'
import { activeStates, type Preview, type Run } from '../../../shared/run.ts'
import { useModels } from '../../stores/models.ts'
import { usePlace } from '../../stores/place.ts'
import { useProject } from '../../stores/project.ts'
import { useRuns } from '../../stores/runs.ts'
import type { Target } from '../../stores/setup-history.ts'
import { type PanZoom, wholeSquare } from './pictures/pan-zoom.ts'
import { useFaceQuestion } from './run/face-question.ts'

export const comparisons = ['slider', 'flicker', 'difference'] as const
export type Comparison = (typeof comparisons)[number]

/** The target that a picture is taken for, and the picture that it replaces wherever landmarks come from it, if one. */
export interface Photographed {
  readonly target: Target
  readonly instead: string | null
}

/** Several pictures that were given for one target. */
export interface VariedPictures {
  readonly target: Target
  readonly pictures: readonly string[]
}

/** What the workspace shows of the open project, and how: nothing here is kept on the disk. */
export const useWorkspace = defineStore('workspace', () => {
  const place = usePlace()
  const project = useProject()
  const runs = useRuns()
  const models = useModels()
  const question = useFaceQuestion()

  const zoom = shallowRef<PanZoom>(wholeSquare)
  const landmarksShown = ref(false)
  const heatMapsShown = ref(false)
  const comparison = ref<Comparison | null>(null)
  let lastComparison: Comparison = 'slider'
  /** What the result is compared with. */
  const comparedWith = ref<'look' | 'landmarks'>('look')
  /** The group of landmarks, 0..8, that keys and heat maps are about. */
  const group = ref<number | null>(null)
  /** The step of the history that is shown; null shows the newest picture. */
  const moment = ref<number | null>(null)
  const momentPreview = shallowRef<Preview | null>(null)
  /** The picture that the crop tool is open for. */
  const cropped = ref<string | null>(null)
  /** What the camera takes a picture for. */
  const photographed = shallowRef<Photographed | null>(null)
  const variationsOpen = ref(false)
  /** Pictures that were given together, and are offered as variations of that target. */
  const variedPictures = shallowRef<VariedPictures | null>(null)
  const exportOpen = ref(false)
  /** Whether the result is shown on the whole screen. */
  const fullView = ref(false)
  const chartOpen = ref(false)

  /** The runs of the project, the newest first. */
  const list = computed(() => (project.id === null ? [] : runs.ofProject(project.id).toReversed()))
  const run = computed(() => list.value.find(({ id }) => id === place.current.run) ?? list.value[0] ?? null)
  /** The run of the project that an engine works on. */
  const active = computed(() => list.value.find(({ state }) => activeStates.includes(state)) ?? null)
  /** The run that sliders act on. Variations stay what they were queued as, and some runs take no changes. */
  const steered = computed(() => (active.value?.batch === null && !active.value.fixed ? active.value : null))

  const newest = computed(() => (run.value === null ? null : (runs.previews.get(run.value.id) ?? null)))
  /** A taught face as it was moved, in place of what its run ended with. */
  const moved = shallowRef<Preview | null>(null)
  const shown = computed(() => {
    if (moment.value !== null) return momentPreview.value
    return moved.value?.run === run.value?.id && moved.value !== null ? moved.value : newest.value
  })

  /** The generator of the next run. */
  const generator = computed(() => modelFor('generator', project.setup?.models ?? {}, models.list))
  /** The weights of the nine groups that the generator asks for. */
  const modelGroupWeights = computed(() => generator.value?.settings?.groupWeights ?? referenceGroupWeights)

  const writable = computed(() => project.setup !== null && project.readOnly === null)
  /** A film is no run. */
  const startable = computed(() => {
    const { look, landmarks, driver } = project.setup ?? { look: null, landmarks: null }
    return writable.value && look !== null && landmarks !== null && driver === undefined
  })

  /** Whether there is a picture to see anything in. */
  const pictured = computed(
    () => run.value !== null || Boolean(project.setup?.look ?? project.setup?.landmarks),
  )

  function showRun(id: string): void {
    if (project.id === null) return
    place.go({ view: 'workspace', project: project.id, run: id })
  }

  /** Queues one run for each setup, which have the same pictures, and shows the first; asks where no face was found. */
  async function start(setups: readonly Pick<Run, 'name' | 'naming' | 'setup'>[]): Promise<void> {
    const [first] = setups
    const of = project.id
    if (of === null || first === undefined || !(await question.ask(first.setup)) || project.id !== of) return
    const made = await runs.start(of, structuredClone([...setups]))
    if (made?.[0] !== undefined) showRun(made[0].id)
  }

  function toggleComparison(): void {
    comparison.value = comparison.value === null ? lastComparison : null
  }

  function showWhole(): void {
    zoom.value = wholeSquare
  }

  /** Offers a run for each of these pictures. */
  function vary(given: VariedPictures): void {
    variedPictures.value = given
    variationsOpen.value = true
  }

  /** Takes over what a run was asked for, as one step of undo. */
  function adopt({ setup }: Run): void {
    project.change(setup)
  }

  watch(variationsOpen, (isOpen) => {
    if (!isOpen) variedPictures.value = null
  })

  watch(comparison, (way) => {
    if (way !== null) lastComparison = way
  })

  watch(
    () => run.value?.id,
    (id, before) => {
      moment.value = null
      if (before !== undefined) runs.unfollow(before)
      const opened = run.value
      if (id === undefined || opened === null) return
      void runs.follow(opened)
      void runs.seeResult(opened)
    },
    { immediate: true },
  )

  watch(moment, async (step) => {
    const of = run.value
    if (step === null || of === null) {
      momentPreview.value = null
      return
    }
    const preview = await runs.moment(of, step)
    if (moment.value === step && run.value?.id === of.id && preview) momentPreview.value = preview
  })

  watch(
    () => project.id,
    () => {
      zoom.value = wholeSquare
      group.value = null
      cropped.value = null
      photographed.value = null
      variationsOpen.value = false
      exportOpen.value = false
      fullView.value = false
      question.answer(false)
    },
  )

  return {
    zoom,
    landmarksShown,
    heatMapsShown,
    comparison,
    comparedWith,
    group,
    moment,
    cropped,
    photographed,
    variationsOpen,
    variedPictures,
    vary,
    exportOpen,
    fullView,
    chartOpen,
    list,
    run,
    active,
    steered,
    shown,
    moved,
    newest,
    generator,
    modelGroupWeights,
    writable,
    startable,
    pictured,
    showRun,
    start,
    toggleComparison,
    showWhole,
    adopt,
  }
})
