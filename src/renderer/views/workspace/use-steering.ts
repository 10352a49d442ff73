import { watch } from 'vue'
import type { Run } from '../../../shared/run.ts'
import type { Setup } from '../../../shared/setup.ts'
import { useProject } from '../../stores/project.ts'
import { useRuns } from '../../stores/runs.ts'
import { changesBetween } from './steering.ts'
import { useWorkspace } from './workspace.ts'

/**
 * Lets the run of the project that is under way follow its setup: what changed since the last time is sent with the next frame of the
 * screen, and never more than one change is under way, so that a slider that is dragged leaves no queue behind.
 */
export function useSteering(): void {
  const project = useProject()
  const runs = useRuns()
  const workspace = useWorkspace()
  /** What the run has been told. */
  let told: Setup | null = null
  /** Pictures that were aligned anew since. */
  const realigned = new Set<string>()
  let busy = false

  async function follow(): Promise<void> {
    if (busy) return
    busy = true
    for (let run = target(); run !== null; run = target()) {
      const setup = project.setup!
      const changes = changesBetween(told!, setup, realigned)
      if (changes.length === 0) break
      told = setup
      realigned.clear()
      for (const change of changes) await runs.steer(run, change)
    }
    busy = false
  }

  function target(): Run | null {
    return project.setup === null || told === null || project.readOnly !== null ? null : workspace.steered
  }

  watch(
    () => workspace.steered?.id,
    (id) => {
      // Only what is turned from now on: a run that was begun with another setup keeps it.
      told = id === undefined ? null : project.setup
      realigned.clear()
    },
    { immediate: true },
  )
  watch(
    () => project.setup,
    () => requestAnimationFrame(() => void follow()),
  )
  watch(
    () => new Map(project.pictures.map(({ id, alignment }) => [id, JSON.stringify(alignment)])),
    (now, before) => {
      for (const [id, alignment] of now) {
        if (before.has(id) && before.get(id) !== alignment) realigned.add(id)
      }
      if (realigned.size > 0) void follow()
    },
  )
}
