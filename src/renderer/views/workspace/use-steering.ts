import { watch } from 'vue'
import type { Run } from '../../../shared/run.ts'
import type { Setup } from '../../../shared/setup.ts'
import { useConnection } from '../../stores/connection.ts'
import { useProject } from '../../stores/project.ts'
import { useRuns } from '../../stores/runs.ts'
import { useFaceBefore } from './run/face-before.ts'
import { changesBetween } from './steering.ts'
import { useWorkspace } from './workspace.ts'

/**
 * Lets the run of the project that is under way follow its setup: what changed since the last time is sent with the next frame of the
 * screen, and never more than one change is under way, so that a slider that is dragged leaves no queue behind. What another
 * window changed it has told itself.
 */
export function useSteering(): void {
  const connection = useConnection()
  const project = useProject()
  const runs = useRuns()
  const workspace = useWorkspace()
  const faceBefore = useFaceBefore()
  /** What the run has been told. */
  let told: Setup | null = null
  /** Pictures that were aligned anew since. */
  const realigned = new Set<string>()
  let busy = false

  async function follow(): Promise<void> {
    if (busy) return
    busy = true
    for (let run = target(); run !== null; run = target()) {
      const [before, setup] = [told!, project.setup!]
      const changes = changesBetween(before, setup, realigned)
      if (changes.length === 0) break
      faceBefore.told(run, before, setup)
      told = setup
      realigned.clear()
      for (const change of changes) await runs.steer(run, change)
      // What did not arrive is told when the service is found again.
      if (isAway()) told = before
    }
    busy = false
  }

  const isAway = () => connection.now !== 'connected'
  const followSoon = () => requestAnimationFrame(() => void follow())

  function target(): Run | null {
    if (project.setup === null || told === null || project.readOnly !== null || isAway()) return null
    return workspace.steered
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
  watch(() => project.setup, followSoon)
  watch(
    () => connection.now,
    () => void follow(),
  )
  watch(
    () => new Map(project.pictures.map(({ id, alignment }) => [id, JSON.stringify(alignment)])),
    (now, before) => {
      for (const [id, alignment] of now) {
        if (before.has(id) && before.get(id) !== alignment) realigned.add(id)
      }
      if (realigned.size > 0) followSoon()
    },
  )
  watch(
    () => project.found,
    () => {
      if (busy || told === null) return
      told = project.setup
      realigned.clear()
    },
  )
}
