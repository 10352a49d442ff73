import { useRunNames } from '../../../components/run-name.ts'
import { useRuns } from '../../../stores/runs.ts'
import { useWorkspace } from '../workspace.ts'
import { useMoments } from './moments.ts'

/** Starts a run that goes on from the keyframe nearest to the shown moment, and shows it. */
export function useBranch() {
  const runs = useRuns()
  const workspace = useWorkspace()
  const moments = useMoments()
  const { namedBranch } = useRunNames()

  async function branch(): Promise<void> {
    const { run } = workspace
    const { branchStep: step } = moments
    if (run === null || step === null) return
    const made = await runs.branch(run, step, namedBranch(run, step))
    if (made !== undefined) workspace.showRun(made.id)
  }

  return { branch }
}
