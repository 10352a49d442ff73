import type { GraphCost } from '../../engine/graph/cost.ts'
import type { Provider } from '../../engine/runtime.ts'

/** How long a device took for a step, and what that step costs. A search of too few steps has none. */
export interface Pace extends GraphCost {
  readonly provider: Provider
  readonly seconds: number
}
