import { useI18n } from 'vue-i18n'
import { useRuns } from '../../../stores/runs.ts'
import { useWorkspace } from '../workspace.ts'
import { useMoments } from './moments.ts'

/** Letters of a run's name in that of its branch, so that a branch of a branch of a branch still has a name. */
const longestName = 90

/** Starts a run that goes on from the keyframe nearest to the shown moment, and shows it. */
export function useBranch() {
  const { t } = useI18n()
  const runs = useRuns()
  const workspace = useWorkspace()
  const moments = useMoments()

  async function branch(): Promise<void> {
    const { run } = workspace
    const { branchStep: step } = moments
    if (run === null || step === null) return
    const made = await runs.branch(run, step, t('run.branchName', { name: shortened(run.name), n: step }))
    if (made !== undefined) workspace.showRun(made.id)
  }

  return { branch }
}

/** A run's name, so short that what follows it still fits. */
export function shortened(name: string): string {
  const letters = [...name]
  while (letters.join('').length > longestName) letters.pop()
  return letters.join('')
}
