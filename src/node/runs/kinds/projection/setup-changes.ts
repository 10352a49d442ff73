import { landmarkGroupOf } from '../../../../engine/face/landmark-groups.ts'
import type { Change, RecordedChange } from '../../../../engine/projection/changes.ts'
import { keptTerms } from '../../../../engine/projection/terms.ts'
import type { RunChange } from '../../../../shared/run.ts'
import type { Setup } from '../../../../shared/setup.ts'
import type { UnnamedChange } from '../kind.ts'

/** What a run is to be, after a change of it. */
export function setupAfter(setup: Setup, change: RunChange): Setup {
  switch (change.kind) {
    case 'weights':
      return withSettings(setup, { weights: keptTerms(setup.settings.weights, change.weights) })
    case 'group-weights':
      return withSettings(setup, { groupWeights: change.groupWeights })
    case 'look':
      return { ...setup, look: change.picture }
    case 'landmarks': {
      const source = change.picture === setup.landmarks ? null : change.picture
      return {
        ...setup,
        sources: setup.sources.map((before, group) => (change.groups.includes(group) ? source : before)),
        points: setup.points.filter(({ index }) => !change.groups.includes(landmarkGroupOf(index))),
      }
    }
    case 'points': {
      const touched = new Set([...change.placed.map(({ index }) => index), ...change.released])
      return {
        ...setup,
        points: [...setup.points.filter(({ index }) => !touched.has(index)), ...change.placed],
      }
    }
  }
}

function withSettings(setup: Setup, settings: Partial<Setup['settings']>): Setup {
  return { ...setup, settings: { ...setup.settings, ...settings } }
}

/** The change as the engine is asked for it, without the picture that it names; undefined if there is nothing in it. */
export function engineChange(change: RunChange): UnnamedChange | undefined {
  switch (change.kind) {
    case 'look':
      return { kind: 'look' }
    case 'landmarks':
      return { kind: 'landmarks', groups: change.groups }
    case 'points': {
      const points = [...change.placed, ...change.released.map((index) => ({ index }))]
      return points.length === 0 ? undefined : { kind: 'points', points }
    }
    default:
      return change
  }
}

/** The setup that a run had after these changes. `idOf` gives the project's picture for the engine's name of it. */
export function setupAfterAll(
  asked: Setup,
  changes: readonly Pick<RecordedChange, 'change'>[],
  idOf: (name: string) => string | undefined,
): Setup {
  return changes.reduce((setup, { change }) => {
    const known = runChangeOf(change, idOf)
    return known === undefined ? setup : setupAfter(setup, known)
  }, asked)
}

function runChangeOf(change: Change, idOf: (name: string) => string | undefined): RunChange | undefined {
  switch (change.kind) {
    case 'weights':
      return change
    case 'group-weights':
      return { kind: change.kind, groupWeights: [...change.groupWeights] }
    case 'points':
      return {
        kind: change.kind,
        placed: change.points.flatMap(({ index, x, y }) => (x === undefined ? [] : [{ index, x, y }])),
        released: change.points.flatMap(({ index, x }) => (x === undefined ? [index] : [])),
      }
    case 'look':
    case 'landmarks': {
      const picture = idOf(change.picture)
      if (picture === undefined) return undefined
      return change.kind === 'look'
        ? { kind: change.kind, picture }
        : { kind: change.kind, picture, groups: [...change.groups] }
    }
    default:
      return undefined
  }
}

/** Whether a change names a picture. */
export function pictureOf(change: RunChange): string | undefined {
  return 'picture' in change ? change.picture : undefined
}
