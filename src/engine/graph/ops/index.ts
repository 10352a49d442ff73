import * as composite from './composite.ts'
import * as convolution from './convolution.ts'
import * as elementwise from './elementwise.ts'
import * as layout from './layout.ts'
import * as linear from './linear.ts'
import * as pooling from './pooling.ts'
import * as reduction from './reduction.ts'

/** Every op that a graph can hold, by the name of the builder's method. */
export const ops = {
  ...elementwise,
  ...reduction,
  ...layout,
  ...linear,
  ...pooling,
  ...convolution,
  ...composite,
}

export type OpName = keyof typeof ops

/** The ops that have a rule for at least one input: each has a case in the gradient tests. */
export type DifferentiableOpName = {
  [K in OpName]: (typeof ops)[K] extends { readonly gradient: string } ? never : K
}[OpName]
