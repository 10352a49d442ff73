import type { Setup } from '../../shared/setup.ts'
import { changed, type History, throughout } from './history.ts'
import { isSame } from './same.ts'

/** The two pictures of a search. */
export const targets = ['look', 'landmarks'] as const
export type Target = (typeof targets)[number]

/**
 * Goes on to a new setup as `changed` does. A picture that is given to a target without one is no step: it is there as if it
 * always had been, so that undo never takes the pictures from a project or from a run that searches with them.
 */
export function setupChanged(
  history: History<Setup>,
  setup: Setup,
  of: string | null,
  now: number,
): History<Setup> {
  const given = givenTargets(history.present, setup)
  const since = given.reduce(
    (states, target) => throughout(states, (state) => filled(state, target, setup)),
    history,
  )
  return given.length > 0 && isSame(since.present, setup) ? since : changed(since, setup, of, now)
}

/** The targets that get their first picture; none where one only goes from one target to the other. */
function givenTargets(from: Setup, to: Setup): readonly Target[] {
  const emptied = targets.some((target) => from[target] !== null && to[target] === null)
  return emptied ? [] : targets.filter((target) => from[target] === null && to[target] !== null)
}

/** With the picture in the target that is empty: before the two were exchanged that is the other one. */
function filled(state: Setup, target: Target, { [target]: picture }: Setup): Setup {
  const empty = [target, ...targets].find((one) => state[one] === null)
  return empty === undefined ? state : { ...state, [empty]: picture }
}
