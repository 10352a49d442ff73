import { defineStore } from 'pinia'
import { computed, watch } from 'vue'
import type { LikenessOrder } from '../../../../shared/likeness.ts'
import { useProject } from '../../../stores/project.ts'
import { useRuns } from '../../../stores/runs.ts'
import { useLikeness } from '../likeness/likeness.ts'
import { useWorkspace } from '../workspace.ts'

/** The face that the generator of the shown run was taught: it follows everything that is turned. */
export const useMovedFace = defineStore('moved-face', () => {
  const project = useProject()
  const runs = useRuns()
  const likeness = useLikeness()
  const workspace = useWorkspace()

  /** Where it is to be moved; null where no face was taught, or another look was chosen since. */
  const order = computed<LikenessOrder | null>(() => {
    const { run } = workspace
    if (run === null || run.kind !== 'tuning' || run.step === 0) return null
    const isOver = run.state === 'done' || run.state === 'stopped'
    return isOver && project.setup?.look === run.setup.look ? likeness.order : null
  })
  const wanted = computed(() =>
    order.value === null ? null : JSON.stringify([workspace.run!.id, workspace.run!.step, order.value]),
  )

  let busy = false
  /** Moves it to what is wanted now; what was turned meanwhile comes next, and nothing in between. */
  async function move(): Promise<void> {
    if (busy) return
    busy = true
    let movedFor: string | null | undefined
    while (movedFor !== wanted.value) {
      const [next, run, to] = [wanted.value, workspace.run, order.value]
      const moved = run === null || to === null ? null : await runs.moved(run, to)
      movedFor = next
      if (workspace.run?.id === run?.id) workspace.moved = moved ?? null
    }
    busy = false
  }
  watch(wanted, move, { immediate: true })

  /** What an export asks for so that it is of the face as it is shown. */
  const exported = computed(() => (order.value === null ? {} : { moved: order.value }))

  return { order, wanted, exported }
})
