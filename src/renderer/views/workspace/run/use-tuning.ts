import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { modelFor } from '../../../../shared/model-choice.ts'
import type { Model } from '../../../../shared/models.ts'
import type { ModelPart } from '../../../../shared/settings.ts'
import { duration } from '../../../components/duration.ts'
import { useRunNames } from '../../../components/run-name.ts'
import { useModels } from '../../../stores/models.ts'
import { useRuns } from '../../../stores/runs.ts'
import { useLikeness } from '../likeness/likeness.ts'
import { useWorkspace } from '../workspace.ts'

/** Steps of a search that take as long as a tuning, measured on the built-in generator. */
const stepsOfTuning = 450

/** Has the generator of the shown run taught the person of its photograph, and shows what it then draws. */
export function useTuning() {
  const { t, locale } = useI18n()
  const runs = useRuns()
  const models = useModels()
  const likeness = useLikeness()
  const workspace = useWorkspace()
  const { runName } = useRunNames()

  function modelOf(part: ModelPart): Model | undefined {
    return workspace.run === null ? undefined : modelFor(part, workspace.run.setup.models, models.list)
  }

  /** Whether the generator is the built-in one, which is small, as it is or taught before. */
  const isQuick = computed(() => {
    const generator = modelOf('generator')
    const original = models.list.find(({ id }) => id === generator?.original)
    return (original ?? generator)?.origin === 'embedded'
  })

  const canTune = computed(() => {
    const { run } = workspace
    if (run === null || run.kind === 'tuning' || !workspace.writable || likeness.order === null) return false
    const isOver = run.state === 'done' || run.state === 'stopped'
    const isTunable = isQuick.value || modelOf('perceptual')?.origin === 'imported'
    return isOver && run.terms !== null && likeness.made?.drawn === false && isTunable
  })

  /** How long it will take, by the pace of the search; null where that is not known. */
  const cost = computed(() => {
    const { run } = workspace
    if (run === null || !isQuick.value) return null
    const rows = runs.metrics.get(run.id)?.rows ?? []
    const [first, last] = [rows[0], rows.at(-1)]
    if (first === undefined || last === undefined || last.step === first.step) return null
    const perStep = (last.seconds - first.seconds) / (last.step - first.step)
    return duration(perStep * stepsOfTuning, locale.value)
  })

  async function tune(): Promise<void> {
    const { run } = workspace
    if (run === null || likeness.order === null) return
    const made = await runs.tune(run, likeness.order, t('run.tunedName', { name: runName(run) }))
    if (made === undefined) return
    workspace.showRun(made.id)
    likeness.chosen = 'drawn'
  }

  return { canTune, isQuick, cost, tune }
}
