import { randomUUID } from 'node:crypto'
import { courseOf } from '../../engine/projection/course.ts'
import type { Run } from '../../shared/run.ts'
import type { ModelFiles } from '../models/files.ts'
import { copyBeginning } from '../runs/branch-files.ts'
import { kindOf } from '../runs/kinds/kinds.ts'
import { branchProjection, steerIdle } from '../runs/kinds/projection/projection.ts'
import { newRecord } from '../runs/record/record.ts'
import { readKeyframe } from '../runs/recovery.ts'
import type { RunKey, RunStore } from '../runs/store.ts'

/** A generator that draws the branch of a run in place of the one that it is searched in. */
export interface TunedModel {
  /** Of the installed model. */
  readonly id: string
  readonly files: NonNullable<ModelFiles['tuned']>
}

/**
 * Adds a run that goes on from a keyframe of another one, and waits to be queued. One that was about to end is held at the
 * plateau, and ends when it is told to; so is one that a tuned generator draws.
 */
export async function branchRun(
  store: RunStore,
  { project, run }: RunKey,
  step: number,
  title: Pick<Run, 'name' | 'naming'>,
  tuned?: TunedModel,
): Promise<RunKey> {
  const parent = await store.find({ project, run })
  const from = store.file({ project, run })
  const start = await readKeyframe(from, step)
  const { finishAt } = courseOf(parent.order!.settings, start.changes)
  const isHeld = tuned !== undefined || (finishAt !== undefined && step >= finishAt)
  const before = kindOf(parent).setupAt(parent, start.changes)
  const settings = isHeld ? { ...before.settings, live: true } : before.settings
  const models = tuned === undefined ? before.models : { ...before.models, generator: tuned.id }
  const record = newRecord(
    {
      ...{ id: randomUUID(), ...title, batch: null },
      setup: { ...before, settings, models },
      pictures: parent.pictures,
      parent: { run, step },
    },
    Date.now(),
  )
  await store.add(project, record, async (branch) => {
    await branchProjection(from, step, branch, tuned?.files)
    if (isHeld) await steerIdle(branch, { kind: 'hold' })
    const shown = await copyBeginning(from.folder, branch.folder, step)
    const points = { ...parent.points, result: shown?.points == null ? null : [...shown.points] }
    branch.change((now) => ({ ...now, points }))
  })
  return { project, run: record.id }
}
