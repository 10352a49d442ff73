import { landmarkGroupOf } from '../../../engine/face/landmark-groups.ts'
import type { RunChange } from '../../../shared/run.ts'
import type { Setup } from '../../../shared/setup.ts'
import { isSame } from '../../stores/same.ts'

/**
 * What a run under way must be asked, and in which order, so that it follows `to` instead of `from`. Pictures that are
 * null ask for nothing, and neither does what only the next run can have.
 *
 * @param realigned pictures that are cut out otherwise than the run has them
 */
export function changesBetween(
  from: Setup,
  to: Setup,
  realigned: ReadonlySet<string> = new Set(),
): readonly RunChange[] {
  const landmarks = landmarkChanges(from, to, realigned)
  const moved = new Set(landmarks.flatMap((change) => change.groups))
  return [
    ...weightChanges(from, to),
    ...lookChange(from, to, realigned),
    ...landmarks,
    ...pointChanges(from, to, moved),
  ]
}

function weightChanges({ settings: from }: Setup, { settings: to }: Setup): RunChange[] {
  const changes: RunChange[] = []
  if (!isSame(from.weights, to.weights)) changes.push({ kind: 'weights', weights: to.weights })
  if (!isSame(from.groupWeights, to.groupWeights)) {
    changes.push({ kind: 'group-weights', groupWeights: to.groupWeights })
  }
  return changes
}

function lookChange(from: Setup, { look }: Setup, realigned: ReadonlySet<string>): RunChange[] {
  if (look === null || (look === from.look && !realigned.has(look))) return []
  return [{ kind: 'look', picture: look }]
}

/** One change for each picture that groups now come from. */
function landmarkChanges(from: Setup, to: Setup, realigned: ReadonlySet<string>) {
  const groupsOf = new Map<string, number[]>()
  to.sources.forEach((_, group) => {
    const picture = sourceOf(to, group)
    if (picture === null || (picture === sourceOf(from, group) && !realigned.has(picture))) return
    groupsOf.set(picture, [...(groupsOf.get(picture) ?? []), group])
  })
  return [...groupsOf].map(([picture, groups]) => ({ kind: 'landmarks' as const, picture, groups }))
}

function sourceOf({ sources, landmarks }: Setup, group: number): string | null {
  return sources[group] ?? landmarks
}

/** A change of a group's picture takes its placed points away, so that they have to be placed again. */
function pointChanges(from: Setup, to: Setup, moved: ReadonlySet<number>): RunChange[] {
  const before = from.points.filter(({ index }) => !moved.has(landmarkGroupOf(index)))
  const placed = to.points.filter((point) => !before.some((old) => isSame(old, point)))
  const released = before
    .map(({ index }) => index)
    .filter((index) => !to.points.some((point) => point.index === index))
  return placed.length + released.length === 0 ? [] : [{ kind: 'points', placed, released }]
}
