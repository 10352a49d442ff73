import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { activeStates, type Run } from '../../../../shared/run.ts'
import type { RunTitle } from '../../../../shared/run-naming.ts'
import type { Setup } from '../../../../shared/setup.ts'
import { useRuns } from '../../../stores/runs.ts'
import { changesBetween } from '../steering.ts'
import { useWorkspace } from '../workspace.ts'

/** Steps over which a change must have acted, so that it can be seen that the face stays where it was driven. */
const leastSteps = 10

/** Changes of a run that can be gone back on; a drag is several. */
const mostTurns = 200

interface Turn {
  readonly before: Setup
  /** The last that was known of the run when it was told. */
  readonly step: number
}

/**
 * A change that is taken back gives the numbers back, but not the face: the search goes on from where it was driven. So it
 * is offered to go back to the moment before the change, in a run of its own, so that nothing of the other one is lost.
 */
export const useFaceBefore = defineStore('face-before', () => {
  const runs = useRuns()
  const workspace = useWorkspace()
  /** The run that `turns` are of. */
  let turned: string | null = null
  let turns: readonly Turn[] = []
  const taken = shallowRef<{ readonly run: string; readonly step: number } | null>(null)
  const busy = ref(false)

  /** The run that is shown, if a change of it was taken back after it had acted for a while. */
  const offered = computed(() => (taken.value?.run === workspace.run?.id ? workspace.run : null))

  /** To be told of every change of a run that is steered: from which setup, and to which. */
  function told(run: Run, before: Setup, after: Setup): void {
    if (turned !== run.id) turns = []
    turned = run.id
    taken.value = null
    const back = turns.findLastIndex((turn) => changesBetween(turn.before, after).length === 0)
    const turn = turns[back]
    if (turn === undefined) turns = [...turns, { before, step: run.step }].slice(-mostTurns)
    else {
      turns = turns.slice(0, back)
      if (turn.step > 0 && run.step - turn.step >= leastSteps) taken.value = { run: run.id, step: turn.step }
    }
  }

  /**
   * Goes on from the moment before the change, at once; the run that was driven is kept.
   *
   * @param named - What a run is called that goes on from a step of that one
   */
  async function goBack(named: (run: Run, step: number) => RunTitle): Promise<void> {
    const [run, step] = [offered.value, taken.value?.step]
    if (run === null || step === undefined || busy.value) return
    busy.value = true
    const changed = runs.metrics.get(run.id)?.changes.find((made) => made.step >= step)?.step ?? step
    const moments = (await runs.history(run)) ?? []
    const moment = moments.findLast(({ step: at, keyframe }) => keyframe && at <= changed)
    const branch = moment && (await runs.branch(run, moment.step, named(run, moment.step)))
    if (branch !== undefined) {
      await runs.move(branch.id, 0)
      const { state } = runs.byId.get(run.id) ?? run
      if (activeStates.includes(state)) await runs.stop(run)
      taken.value = null
      workspace.showRun(branch.id)
    }
    busy.value = false
  }

  function dismiss(): void {
    taken.value = null
  }

  return { offered, busy, told, goBack, dismiss }
})
