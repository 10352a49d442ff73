import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import type { Likeness, LikenessOrder } from '../../../../shared/likeness.ts'
import { modelFor } from '../../../../shared/model-choice.ts'
import type { Run } from '../../../../shared/run.ts'
import { useAsk } from '../../../stores/client.ts'
import { useModels } from '../../../stores/models.ts'
import { useProject } from '../../../stores/project.ts'
import { photographOrder } from '../likeness/photograph-order.ts'
import { useWorkspace } from '../workspace.ts'

/** Pixels of a picture in a grid. */
const side = 256
const mostKept = 400

/** The photographs that stand in the place of what runs have drawn, small, each made when it is asked for. */
export const useRunPhotographs = defineStore('run-photographs', () => {
  const ask = useAsk()
  const project = useProject()
  const workspace = useWorkspace()
  const models = useModels()

  /** By what they are made of; null where the result is what was drawn. */
  const made = shallowReactive(new Map<string, Likeness | null>())
  let wanted: readonly LikenessOrder[] = []
  let busy = false

  function keyOf(order: LikenessOrder): string {
    const named = [order.look, order.landmarks, ...order.sources]
    const cut = named.map((id) => project.pictures.find((picture) => picture.id === id)?.alignment)
    return JSON.stringify([project.id, order, cut])
  }

  /** What the photograph of a run is made of; null where it is to stay as it was drawn. */
  function orderOf({ id, state, setup, kind }: Run): LikenessOrder | null {
    if (kind !== undefined || setup.result === 'drawn' || state !== 'done') return null
    // What a tuned generator draws is the person.
    if (modelFor('generator', setup.models, models.list)?.original != null) return null
    const order = photographOrder(setup, project.pictures, workspace.modelGroupWeights, id)
    if (order === null) return null
    const isOwn = order.run === null || order.aim === 'result'
    return isOwn || setup.result === 'photograph' ? order : null
  }

  /** The photograph of a run; null where there is none, undefined where it is not known yet. */
  function of(run: Run): Likeness | null | undefined {
    const order = orderOf(run)
    return order === null ? null : made.get(keyOf(order))
  }

  /** Asks for the photographs of runs; they are made one after the other. */
  function see(runs: readonly Run[]): void {
    const orders = runs.map(orderOf).filter((order) => order !== null)
    wanted = [...wanted, ...orders.filter((order) => !made.has(keyOf(order)))]
    void work()
  }

  async function work(): Promise<void> {
    if (busy) return
    busy = true
    for (let [order, ...rest] = wanted; order !== undefined; [order, ...rest] = wanted) {
      wanted = rest
      const key = keyOf(order)
      if (project.id === null || made.has(key)) continue
      const shown = await ask('likeness.show', {
        ...{ project: project.id, order, form: 'square', size: side, judge: true },
      })
      // Where it failed, which was said, the drawing stays.
      made.set(key, shown === undefined || shown?.drawn ? null : shown)
      for (const old of made.keys()) if (made.size > mostKept) made.delete(old)
    }
    busy = false
  }

  /** Asks for no more. */
  function rest(): void {
    wanted = []
  }

  return { of, orderOf, see, rest }
})
