import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { modelFor } from '../../../../shared/model-choice.ts'
import type { ModelPart } from '../../../../shared/settings.ts'
import { useRunNames } from '../../../components/run-name.ts'
import { useModels } from '../../../stores/models.ts'
import { useRuns } from '../../../stores/runs.ts'
import { useLikeness } from '../likeness/likeness.ts'
import { useWorkspace } from '../workspace.ts'

/** Has the generator of the shown run taught the person of its photograph, and shows what it then draws. */
export function useTuning() {
  const { t } = useI18n()
  const runs = useRuns()
  const models = useModels()
  const likeness = useLikeness()
  const workspace = useWorkspace()
  const { runName } = useRunNames()

  const originOf = (part: ModelPart) =>
    workspace.run === null ? undefined : modelFor(part, workspace.run.setup.models, models.list)?.origin
  /** The embedded generator is small. */
  const isQuick = computed(() => originOf('generator') === 'embedded')
  const canTune = computed(() => {
    const { run } = workspace
    if (run === null || run.kind === 'tuning' || !workspace.writable || likeness.order === null) return false
    const isOver = run.state === 'done' || run.state === 'stopped'
    const isTunable = isQuick.value || originOf('perceptual') === 'imported'
    return isOver && run.terms !== null && likeness.made?.drawn === false && isTunable
  })

  async function tune(): Promise<void> {
    const { run } = workspace
    if (run === null || likeness.order === null) return
    const made = await runs.tune(run, likeness.order, t('run.tunedName', { name: runName(run) }))
    if (made === undefined) return
    workspace.showRun(made.id)
    likeness.chosen = 'drawn'
  }

  return { canTune, isQuick, tune }
}
