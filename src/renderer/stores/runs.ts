import { defineStore } from 'pinia'
import { computed, shallowReactive, shallowRef } from 'vue'
import type { Parameters } from '../../shared/contract.ts'
import type { ExportedFile, RunExport, TogetherExport } from '../../shared/exports.ts'
import type { LikenessOrder } from '../../shared/likeness.ts'
import { activeStates, type Preview, type Run, type RunChange } from '../../shared/run.ts'
import { failureOf, useAsk, useClient, useSave } from './client.ts'
import { joined, type Metrics } from './metrics.ts'
import { useNotices } from './notices.ts'

type Place = Pick<Run, 'project' | 'id'>

interface FilmUnderWay {
  readonly format: Extract<RunExport, { what: 'film' }>['format']
  readonly done: number
}

/** Pixels of the small pictures in lists and grids: a hundredth of the bytes of a whole one. */
const thumbSide = 256
/** Whole pictures and small ones that are kept; those that came first go first. */
const mostPreviews = 24
const mostThumbs = 400

const placeOf = (run: Place) => ({ project: run.project, run: run.id })
const none: Metrics = { rows: [], changes: [] }

/** Runs of the open project and all that wait or are under way, with what they tell while they work. */
export const useRuns = defineStore('runs', () => {
  const client = useClient()
  const ask = useAsk()
  const save = useSave()
  const notices = useNotices()

  const byId = shallowReactive(new Map<string, Run>())
  /** The newest picture of each run that told one lately, and of those that are followed. */
  const previews = shallowReactive(new Map<string, Preview>())
  /** Small pictures of runs in lists. */
  const thumbs = shallowReactive(new Map<string, Preview>())
  /** Metrics of runs that are followed. */
  const metrics = shallowReactive(new Map<string, Metrics>())
  /** The films that are being made, by their runs, and how far they are, 0..1. */
  const films = shallowReactive(new Map<string, FilmUnderWay>())
  /** How many events of runs came, and how many had come with the newest of each run. */
  let events = 0
  const heard = new Map<string, number>()
  /** Ids of runs that wait or are under way, in their order. */
  const queue = shallowRef<readonly string[]>([])

  const queued = computed(() => queue.value.flatMap((id) => byId.get(id) ?? []))
  const active = computed(() => queued.value.filter(({ state }) => activeStates.includes(state)))
  const waiting = computed(() => queued.value.filter(({ state }) => state === 'queued'))

  /** The runs of a project, the oldest first. */
  function ofProject(project: string): readonly Run[] {
    return [...byId.values()]
      .filter((run) => run.project === project)
      .sort((a, b) => a.created - b.created || a.id.localeCompare(b.id))
  }

  function take(runs: readonly Run[]): void {
    for (const run of runs) byId.set(run.id, run)
  }

  /**
   * Takes the runs of an answer, but for those of which an event came meanwhile: that one may be the newer, and every
   * change tells one.
   */
  async function taken<T>(
    answer: Promise<T | undefined>,
    runsIn: (given: T) => readonly Run[],
  ): Promise<T | undefined> {
    const before = events
    const given = await answer
    if (given !== undefined) take(runsIn(given).filter(({ id }) => (heard.get(id) ?? 0) <= before))
    return given
  }

  const takenOne = (answer: Promise<Run | undefined>) => taken(answer, (run) => [run])
  const takenAll = <T extends readonly Run[]>(answer: Promise<T | undefined>) => taken(answer, (runs) => runs)

  function forget(id: string): void {
    byId.delete(id)
    heard.delete(id)
    previews.delete(id)
    thumbs.delete(id)
    metrics.delete(id)
  }

  function keepPreview(preview: Preview): void {
    previews.delete(preview.run)
    previews.set(preview.run, preview)
    thumbs.delete(preview.run)
    dropFirst(previews, mostPreviews, (id) => metrics.has(id))
  }

  async function refreshQueue(): Promise<void> {
    const runs = await takenAll(client.call('queue.list', {}).catch(() => undefined))
    if (runs !== undefined) queue.value = runs.map(({ id }) => id)
  }

  client.on('run', (run) => {
    heard.set(run.id, ++events)
    take([run])
  })
  client.on('run.removed', ({ run }) => forget(run))
  client.on('run.preview', keepPreview)
  client.on('run.metrics', ({ run, ...more }) => {
    const known = metrics.get(run)
    if (known !== undefined) metrics.set(run, joined(known, more))
  })
  client.on('run.film', ({ run, done }) => {
    const film = films.get(run)
    if (film !== undefined) films.set(run, { ...film, done })
  })
  client.on('queue', ({ runs }) => {
    if (runs.every((id) => byId.has(id))) queue.value = runs
    else void refreshQueue()
  })
  client.on('notice', ({ message }) => notices.pass(message))

  client.onConnection((connection) => {
    if (connection !== 'connected') return
    void refreshQueue()
    for (const id of metrics.keys()) void refreshMetrics(byId.get(id))
  })

  async function refreshMetrics(run: Run | undefined): Promise<void> {
    if (run === undefined) return
    const from = (metrics.get(run.id)?.rows.at(-1)?.step ?? -1) + 1
    const missed = await ask('runs.metrics', { ...placeOf(run), from })
    if (missed !== undefined) metrics.set(run.id, joined(metrics.get(run.id) ?? none, missed))
  }

  /** Keeps the metrics of a run from now on, those of before included. */
  async function follow(run: Place): Promise<void> {
    if (metrics.has(run.id)) return
    metrics.set(run.id, none)
    const past = await ask('runs.metrics', { ...placeOf(run), from: 0 })
    if (past !== undefined) metrics.set(run.id, joined(past, metrics.get(run.id) ?? none))
  }

  /** Lets the metrics of a run go. */
  function unfollow(id: string): void {
    metrics.delete(id)
  }

  type Change = 'runs.pause' | 'runs.resume' | 'runs.stop' | 'runs.finish'
  async function told(name: Change, run: Place): Promise<void> {
    await takenOne(ask(name, placeOf(run)))
  }

  /** Starts one run for each setup, and gives what was made of them. */
  function start(
    project: string,
    setups: Parameters<'runs.start'>['runs'],
  ): Promise<readonly Run[] | undefined> {
    return takenAll(ask('runs.start', { project, runs: setups }))
  }

  /** Searches for a film, by the run that did so before or a new one. */
  function film(
    project: string,
    asked: Omit<Parameters<'films.search'>, 'project'>,
  ): Promise<Run | undefined> {
    return takenOne(ask('films.search', { project, ...asked }))
  }

  async function more(run: Place, steps: number): Promise<void> {
    await takenOne(ask('runs.more', { ...placeOf(run), steps }))
  }

  async function steer(run: Place, change: RunChange): Promise<void> {
    await takenOne(ask('runs.steer', { ...placeOf(run), change }))
  }

  /** A new run that goes on from a keyframe of that one, under its own name. */
  function branch(run: Place, step: number, name: Pick<Run, 'name' | 'naming'>): Promise<Run | undefined> {
    return takenOne(ask('runs.branch', { ...placeOf(run), step, ...name }))
  }

  /** A new run that tunes the generator on the photograph of that one. */
  function tune(run: Place, order: LikenessOrder, name: string): Promise<Run | undefined> {
    return takenOne(ask('runs.tune', { ...placeOf(run), order, name }))
  }

  /** The face that the generator of a tuning was taught, moved; null where nothing tells where to, undefined where that failed. */
  const moved = (run: Place, order: LikenessOrder) => ask('runs.moved', { ...placeOf(run), order })

  async function rename(run: Place, name: string): Promise<void> {
    await takenOne(ask('runs.rename', { ...placeOf(run), name }))
  }

  async function star(run: Place, starred: boolean): Promise<void> {
    await takenOne(ask('runs.star', { ...placeOf(run), starred }))
  }

  async function remove(run: Place): Promise<void> {
    const gone = await ask('runs.remove', placeOf(run))
    if (gone !== undefined) forget(run.id)
  }

  /** Moves a waiting run to a place in the queue, 0 being the next. */
  async function move(run: string, to: number): Promise<void> {
    const runs = await takenAll(ask('queue.move', { run, to }))
    if (runs !== undefined) queue.value = runs.map(({ id }) => id)
  }

  const history = (run: Place) => ask('runs.history', placeOf(run))
  /** The picture of a moment in the history. */
  const moment = (run: Place, step: number) => ask('runs.moment', { ...placeOf(run), step })
  const show = (run: Place, what: Parameters<'runs.show'>['what'], size?: number) =>
    ask('runs.show', { ...placeOf(run), what, ...(size !== undefined && { size }) })
  /** Asks for the newest picture of a run that told none yet. */
  async function seeResult(run: Place): Promise<void> {
    if (previews.has(run.id)) return
    const preview = await show(run, 'result')
    if (preview && !previews.has(run.id)) keepPreview(preview)
  }

  /** Asks for a small picture of a run of which no whole one is at hand. */
  async function seeThumb(run: Place): Promise<void> {
    if (previews.has(run.id) || thumbs.has(run.id)) return
    const thumb = await show(run, 'result', thumbSide)
    if (!thumb || previews.has(run.id)) return
    thumbs.set(run.id, thumb)
    dropFirst(thumbs, mostThumbs, () => false)
  }

  /** Where the landmark network sees these groups in the newest picture. */
  async function heatMaps(run: Place, groups: number[]): Promise<Uint8Array | null> {
    return (await ask('runs.heat-maps', { ...placeOf(run), groups }))?.image ?? null
  }

  /** Takes something out of a run; undefined where that failed, or the user stopped it. */
  async function exported(run: Place, what: RunExport): Promise<ExportedFile | undefined> {
    if (what.what === 'film') films.set(run.id, { format: what.format, done: 0 })
    try {
      return await client.call('runs.export', { ...placeOf(run), export: what })
    } catch (error) {
      const failure = failureOf(error)
      if (failure.code !== 'stopped') notices.fail(failure)
      return undefined
    } finally {
      if (what.what === 'film') films.delete(run.id)
    }
  }

  /** Takes something out of a run and saves it where the user wants it. */
  async function exportRun(run: Place, what: RunExport): Promise<void> {
    const file = await exported(run, what)
    if (file !== undefined) await save(file)
  }

  /** Takes several runs out as one file and saves it where the user wants it. */
  async function exportTogether(project: string, wanted: TogetherExport): Promise<void> {
    const file = await ask('runs.export-together', { project, export: wanted })
    if (file !== undefined) await save(file)
  }

  /** Ends the film of the run that is being made. */
  async function stopFilm(run: Place): Promise<void> {
    await ask('runs.stop-film', placeOf(run))
  }

  return {
    byId,
    previews,
    metrics,
    films,
    queued,
    active,
    waiting,
    ofProject,
    taken,
    refreshQueue,
    follow,
    unfollow,
    start,
    film,
    pause: (run: Place) => told('runs.pause', run),
    resume: (run: Place) => told('runs.resume', run),
    stop: (run: Place) => told('runs.stop', run),
    finish: (run: Place) => told('runs.finish', run),
    more,
    steer,
    branch,
    tune,
    moved,
    rename,
    star,
    remove,
    move,
    history,
    moment,
    show,
    seeResult,
    thumbs,
    seeThumb,
    heatMaps,
    exported,
    stopFilm,
    exportRun,
    exportTogether,
  }
})

/** Drops what came first beyond so many, but for what is still needed. */
function dropFirst(held: Map<string, unknown>, most: number, isNeeded: (id: string) => boolean): void {
  for (const id of held.keys()) {
    if (held.size <= most) return
    if (!isNeeded(id)) held.delete(id)
  }
}
