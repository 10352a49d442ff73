import { randomUUID } from 'node:crypto'
import { courseOf } from '../../engine/projection/course.ts'
import type { Parameters, Service } from '../../shared/contract.ts'
import type { Project } from '../../shared/project.ts'
import type { Run, RunChange } from '../../shared/run.ts'
import { picturesOfSetup, type Setup, withoutFilm } from '../../shared/setup.ts'
import type { ProjectStore } from '../projects/project-store.ts'
import { copyBeginning } from '../runs/branch-files.ts'
import type { Covers } from '../runs/cover.ts'
import type { UnnamedChange } from '../runs/kinds/kind.ts'
import { kindOf } from '../runs/kinds/kinds.ts'
import { branchProjection, steerIdle } from '../runs/kinds/projection/projection.ts'
import type { UsedPicture } from '../runs/kinds/projection/record.ts'
import { engineChange, pictureOf, setupAfter } from '../runs/kinds/projection/setup-changes.ts'
import { usedPicture } from '../runs/kinds/projection/studio-order.ts'
import type { RunQueue } from '../runs/queue.ts'
import { newRecord, type RunRecord } from '../runs/record/record.ts'
import { hasRecovery, readKeyframe } from '../runs/recovery.ts'
import type { ActiveRun, Scheduler } from '../runs/scheduler.ts'
import type { RunKey, RunStore } from '../runs/store.ts'
import { pictureIn } from './picture-commands.ts'
import { wrongUse } from './wrong-use.ts'

export interface RunCommandNeeds {
  readonly projects: ProjectStore
  readonly store: RunStore
  readonly queue: RunQueue
  readonly scheduler: Scheduler
  readonly covers: Covers
}

type RunCommands = Pick<
  Service,
  | 'runs.start'
  | 'runs.pause'
  | 'runs.resume'
  | 'runs.stop'
  | 'runs.finish'
  | 'runs.more'
  | 'runs.steer'
  | 'runs.branch'
  | 'runs.rename'
  | 'runs.star'
  | 'runs.remove'
>

/** What is done with runs. */
export function runCommands({ projects, store, queue, scheduler, covers }: RunCommandNeeds): RunCommands {
  /** Lets a run wait for its turn. */
  async function enqueue(key: RunKey, where: 'first' | 'last'): Promise<Run> {
    const run = store.change(key, (record) => ({ ...record, state: 'queued', failure: null }))
    await queue.add([key], where)
    scheduler.wake()
    return run
  }

  /** The run if it can be spoken to; one that was told to end is waited for. */
  async function computing(key: RunKey): Promise<ActiveRun | undefined> {
    const active = scheduler.active(key)
    if (active?.ending !== true) return active
    await active.over
    return undefined
  }

  /**
   * Asks the engine for a change, or leaves it for when the run goes on; `note` writes it down once that is done, and
   * before the turn of a run that waits can come. It is told whether an engine has the change.
   */
  async function ask<T>(
    key: RunKey,
    change: UnnamedChange,
    note: (isAsked: boolean) => T,
    picture?: UsedPicture,
  ): Promise<T> {
    const read = async ({ name, sha256, alignment }: UsedPicture) => ({
      name,
      alignment,
      bytes: await projects.readFile(key.project, sha256),
    })
    const input = picture && (await read(picture))
    for (;;) {
      const active = await computing(key)
      if (active !== undefined) {
        if (await (await active.projection).steer(change, input)) return note(true)
        await active.over
        continue
      }
      const left = scheduler.whileIdle(key, async () => {
        const file = store.file(key)
        // One that was never begun begins with the setup of its record.
        if (await hasRecovery(file)) await steerIdle(file, change, input)
        return note(false)
      })
      // Its turn may have come since it was looked at.
      if (left !== undefined) return left
    }
  }

  async function steer(key: RunKey, change: RunChange): Promise<Run> {
    const id = pictureOf(change)
    const picture =
      id === undefined ? undefined : usedPicture(pictureIn(await projects.read(key.project), id))
    const note = () =>
      store.change(key, (record) => ({
        ...record,
        setup: setupAfter(record.setup, change),
        pictures: withPictures(record.pictures, picture === undefined ? [] : [picture]),
      }))
    const asked = engineChange(change)
    return asked === undefined ? note() : ask(key, asked, note, picture)
  }

  /** Sets when the run begins to settle; one that is over or put off goes on for that. */
  async function endAfter(key: RunKey, steps: number): Promise<Run> {
    const { state } = await store.find(key)
    if (store.show(key).fixed) {
      throw wrongUse(
        'The run was begun on the command line, and ends after its steps.',
        'Start a new one with more steps.',
      )
    }
    if (state === 'queued' || !(await hasRecovery(store.file(key)))) {
      throw wrongUse('The run has not begun.', 'Wait for its turn, or resume it.')
    }
    const isAsked = await ask(key, { kind: 'settle', after: steps }, (asked) => asked)
    // An engine that has it goes on for it, or the scheduler lets the run go on.
    return isAsked ? store.show(key) : enqueue(key, 'first')
  }

  return {
    async 'runs.start'({ project: id, runs }) {
      const { project } = await projects.open(id)
      const records = recordsOf(project, runs)
      const added: Run[] = []
      for (const record of records) added.push(await store.add(id, record))
      await queue.add(
        records.map((record) => ({ project: id, run: record.id })),
        'last',
      )
      scheduler.wake()
      return added.map(({ id: run }) => store.show({ project: id, run }))
    },

    async 'runs.pause'(key) {
      const active = await computing(key)
      const { state } = await store.find(key)
      if (active !== undefined) {
        ;(await active.projection).pause()
        return store.show(key)
      }
      if (state !== 'queued') throw wrongUse('The run is not under way.')
      return store.change(key, (record) => ({ ...record, state: 'paused' }))
    },

    async 'runs.resume'(key) {
      const active = await computing(key)
      const { state } = await store.find(key)
      if (active !== undefined) {
        ;(await active.projection).resume()
        return store.show(key)
      }
      if (state === 'queued') return store.show(key)
      if (state === 'done')
        throw wrongUse('The run is done.', 'Ask for more steps, or branch from an earlier one.')
      return enqueue(key, 'first')
    },

    async 'runs.stop'(key) {
      await store.find(key)
      const active = scheduler.active(key)
      if (active !== undefined) {
        scheduler.end(active, 'stopped')
        return store.show(key)
      }
      if (!queue.has(key)) return store.show(key)
      await queue.remove([key])
      return store.change(key, (record) => ({ ...record, state: 'stopped' }))
    },

    async 'runs.finish'(key) {
      const { state } = await store.find(key)
      if (state === 'done') return store.show(key)
      const run = await endAfter(key, 0)
      await scheduler.active(key)?.projection.then((projection) => projection.resume())
      return run
    },

    'runs.more': ({ steps, ...key }) => endAfter(key, steps),

    async 'runs.steer'({ change, ...key }) {
      await store.find(key)
      return steer(key, change)
    },

    async 'runs.branch'({ project, run, step, ...title }) {
      const key = { project, run }
      const parent = await store.find(key)
      const from = store.file(key)
      const start = await readKeyframe(from, step)
      // Of a run that was about to end: the branch is held at the plateau, and ends when it is told to.
      const { finishAt } = courseOf(parent.order!.settings, start.changes)
      const isEnding = finishAt !== undefined && step >= finishAt
      const setup = kindOf(parent).setupAt(parent, start.changes)
      const record = newRecord(
        {
          id: randomUUID(),
          ...title,
          setup: isEnding ? { ...setup, settings: { ...setup.settings, live: true } } : setup,
          pictures: parent.pictures,
          parent: { run, step },
          batch: null,
        },
        Date.now(),
      )
      await store.add(project, record, async (branch) => {
        await branchProjection(from, step, branch)
        if (isEnding) await steerIdle(branch, { kind: 'hold' })
        const shown = await copyBeginning(from.folder, branch.folder, step)
        const points = { ...parent.points, result: shown?.points == null ? null : [...shown.points] }
        branch.change((now) => ({ ...now, points }))
      })
      return enqueue({ project, run: record.id }, 'last')
    },

    async 'runs.rename'({ name, ...key }) {
      await store.find(key)
      return store.change(key, ({ naming: _, ...record }) => ({ ...record, name }))
    },

    async 'runs.star'({ starred, ...key }) {
      await store.find(key)
      const run = store.change(key, ({ starred: _, ...record }) => ({
        ...record,
        ...(starred && { starred: Date.now() }),
      }))
      await covers.show(key.project)
      return run
    },

    async 'runs.remove'(key) {
      await store.find(key)
      const active = scheduler.active(key)
      await queue.remove([key])
      if (active !== undefined) await scheduler.drop(active)
      await store.remove(key)
      await covers.show(key.project)
      return {}
    },
  }
}

type Asked = Parameters<'runs.start'>['runs']

function recordsOf(project: Project, asked: Asked): readonly RunRecord[] {
  const batch = asked.length > 1 ? randomUUID() : null
  const now = Date.now()
  return asked.map(({ setup, ...title }, i) => {
    requireBoth(setup)
    const pictures = [...picturesOfSetup(setup)].map((id) => usedPicture(pictureIn(project, id)))
    // Those of one batch keep their order in lists by age.
    const still = withoutFilm(setup)
    return newRecord({ id: randomUUID(), ...title, setup: still, pictures, parent: null, batch }, now + i)
  })
}

function requireBoth({ look, landmarks }: Setup): void {
  if (look !== null && landmarks !== null) return
  throw wrongUse('A run needs a picture for the look and one for expression and pose.', 'Give both first.')
}

/** The newest last; one that is used again as it was is not kept twice. */
function withPictures(before: readonly UsedPicture[], added: readonly UsedPicture[]): UsedPicture[] {
  const texts = new Set(added.map((picture) => JSON.stringify(picture)))
  return [...before.filter((picture) => !texts.has(JSON.stringify(picture))), ...added]
}
