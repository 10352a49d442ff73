import { MienError } from '../../engine/errors.ts'
import type { Emit } from '../../shared/events.ts'
import { activeStates, type Run } from '../../shared/run.ts'
import { makeFolder, removeFolder } from '../host/files.ts'
import type { ProjectStore } from '../projects/project-store.ts'
import { idle, type Passing, type RunRecord, runOf } from './record/record.ts'
import { openRecord, type RecordFile, recordFile } from './record/record-file.ts'

/** Where a run is. */
export interface RunKey {
  readonly project: string
  readonly run: string
}

/** The records of runs, in memory and on the disk. */
export interface RunStore {
  /** The runs of a project, the oldest first. */
  of(project: string): Promise<readonly Run[]>
  /** The runs of a project as they were when it was last looked at, in no order. */
  known(project: string): Promise<readonly Run[]>
  /** Throws MienError 'wrong-use' for a run that is not there. */
  find(key: RunKey): Promise<RunRecord>
  /** Its record, for what writes to its folder; one that was found before. */
  file(key: RunKey): RecordFile
  /** The run as the window knows it; one that was found before. */
  show(key: RunKey): Run
  /** `fill` puts into its folder what it begins with, before anyone knows of it. Throws MienError 'unwritable'. */
  add(project: string, record: RunRecord, fill?: (file: RecordFile) => Promise<void>): Promise<Run>
  /** Changes a run that was found before and tells everyone; the disk follows. */
  change(key: RunKey, edit: (record: RunRecord) => RunRecord): Run
  /** As `change`, for what changes several times a second: nobody is told, and nothing is written. */
  note(key: RunKey, edit: (record: RunRecord) => RunRecord, passing?: Passing): void
  /** Writes what was noted. */
  save(key: RunKey): void
  /** With its folder. */
  remove(key: RunKey): Promise<void>
  /** Fulfilled when all is written. */
  idle(): Promise<void>
}

interface HeldRun {
  readonly file: RecordFile
  passing: Passing
}

/** @param isQueued whether a run has a place in the queue; one without does not wait and is not under way */
export function createRunStore(
  projects: Pick<ProjectStore, 'owned' | 'runs' | 'runFolder'>,
  isQueued: (key: RunKey) => boolean,
  emit: Emit,
): RunStore {
  const byProject = new Map<string, Promise<Map<string, HeldRun>>>()
  const found = new Map<string, HeldRun>()
  /** How often something was done with runs of a project. */
  const edits = new Map<string, number>()
  const edited = (project: string) => edits.set(project, (edits.get(project) ?? 0) + 1)

  /** Also of a run that waits in the queue: another program may have its project open by now. */
  const owned = (project: string) => (write: () => Promise<void>) => projects.owned(project, write)

  async function load(project: string): Promise<Map<string, HeldRun>> {
    const runs = new Map<string, HeldRun>()
    for (const run of await projects.runs(project)) {
      const folder = await projects.runFolder(project, run)
      // One that is damaged is not shown; its files stay.
      const file = await openRecord(folder, owned(project)).catch(() => undefined)
      if (file === undefined) continue
      // A folder that was laid there by hand is known by its name.
      file.change((record) => ({ ...asItIs(record, isQueued({ project, run })), id: run }))
      runs.set(run, { file, passing: idle })
    }
    return runs
  }

  function register(project: string, runs: Map<string, HeldRun>): Map<string, HeldRun> {
    for (const [run, held] of runs) found.set(nameOf({ project, run }), held)
    return runs
  }

  function runsIn(project: string): Promise<Map<string, HeldRun>> {
    const known = byProject.get(project)
    if (known !== undefined) return known
    const loading = load(project).then((runs) => register(project, runs))
    byProject.set(project, loading)
    loading.catch(() => byProject.delete(project))
    return loading
  }

  /** Another program may have had the project since; what is done with a run here is newer than the disk. */
  async function fresh(project: string): Promise<Map<string, HeldRun>> {
    const known = await byProject.get(project)?.catch(() => undefined)
    if (known === undefined) return runsIn(project)
    const isUsed = () => [...known.keys()].some((run) => isQueued({ project, run }))
    if (isUsed()) return known
    for (const { file } of known.values()) await file.idle()
    const before = edits.get(project)
    const loaded = await load(project)
    if (isUsed() || edits.get(project) !== before) return known
    for (const [run, { file }] of known) {
      file.leave()
      found.delete(nameOf({ project, run }))
    }
    byProject.set(project, Promise.resolve(register(project, loaded)))
    return loaded
  }

  function get(key: RunKey): HeldRun {
    const run = found.get(nameOf(key))
    if (run === undefined) throw gone(key)
    return run
  }

  function save(key: RunKey): void {
    get(key)
      .file.save()
      .catch((error: unknown) => {
        emit('notice', { message: error instanceof Error ? error.message : String(error), run: key.run })
      })
  }

  const show = (key: RunKey): Run => {
    const { file, passing } = get(key)
    return runOf(key.project, file.now, passing)
  }

  return {
    async of(project) {
      const runs = [...(await fresh(project)).keys()].map((run) => show({ project, run }))
      return runs.sort((a, b) => a.created - b.created)
    },
    known: async (project) => [...(await runsIn(project)).keys()].map((run) => show({ project, run })),
    async find(key) {
      await runsIn(key.project)
      return get(key).file.now
    },
    file: (key) => get(key).file,
    show,
    async add(project, record, fill = async () => undefined) {
      const runs = await runsIn(project)
      edited(project)
      const folder = await projects.runFolder(project, record.id)
      await makeFolder(folder)
      const file = recordFile(folder, record, owned(project))
      try {
        await fill(file)
        await file.save()
      } catch (error) {
        await removeFolder(folder)
        throw error
      }
      const run = { file, passing: idle }
      runs.set(record.id, run)
      found.set(nameOf({ project, run: record.id }), run)
      const added = runOf(project, file.now)
      emit('run', added)
      return added
    },
    change(key, edit) {
      const run = get(key)
      edited(key.project)
      run.file.change(edit)
      if (!activeStates.includes(run.file.now.state)) run.passing = idle
      save(key)
      const changed = show(key)
      emit('run', changed)
      return changed
    },
    note(key, edit, passing) {
      const run = get(key)
      edited(key.project)
      run.file.change(edit)
      if (passing !== undefined) run.passing = passing
    },
    save,
    async remove(key) {
      const { file } = get(key)
      edited(key.project)
      found.delete(nameOf(key))
      ;(await runsIn(key.project)).delete(key.run)
      file.leave()
      await file.idle()
      await removeFolder(file.folder)
      emit('run.removed', { project: key.project, run: key.run })
    },
    async idle() {
      for (const { file } of found.values()) await file.idle()
    },
  }
}

/** Runs of a project that was copied, or whose queue was lost, neither wait nor compute, whatever their records say. */
function asItIs(record: RunRecord, isQueued: boolean): RunRecord {
  const isOver = record.state === 'stopped' || record.state === 'done' || record.state === 'failed'
  return isQueued || isOver ? record : { ...record, state: 'stopped' }
}

/** The two ids as one text. */
export function nameOf({ project, run }: RunKey): string {
  return `${project}/${run}`
}

function gone({ run }: RunKey): MienError {
  return new MienError('wrong-use', 'The run is no longer there.', { name: run })
}
