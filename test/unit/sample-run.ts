import { emptySetup } from '../../src/shared/default-setup.ts'
import type { Run } from '../../src/shared/run.ts'

/** A run in the middle of its search. */
export const sampleRun: Run = {
  id: 'r',
  project: 'p',
  name: 'Ada as Grace',
  created: 0,
  state: 'running',
  step: 25,
  steps: 100,
  secondsLeft: 75,
  stepsPerSecond: 1,
  device: 'cpu',
  terms: null,
  identity: null,
  setup: emptySetup(),
  parent: null,
  batch: null,
  failure: null,
  notices: [],
}
