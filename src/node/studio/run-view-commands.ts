import { join } from 'node:path'
import type { Parameters, Service } from '../../shared/contract.ts'
import type { Preview } from '../../shared/run.ts'
import type { AskEngine } from '../engine/short-jobs.ts'
import { exists, readWholeFile } from '../host/files.ts'
import { modelOf } from '../models/resolve.ts'
import type { PictureViewer } from '../projects/picture-viewer.ts'
import type { ProjectStore } from '../projects/project-store.ts'
import type { EncodedPreview } from '../runs/live-picture.ts'
import { momentsOf, readMoment } from '../runs/record/history.ts'
import { readMetrics } from '../runs/record/metrics.ts'
import { drawnFile, runFiles } from '../runs/record/run-files.ts'
import { changesOf, keyframesOf } from '../runs/recovery.ts'
import type { Scheduler } from '../runs/scheduler.ts'
import type { RunKey, RunStore } from '../runs/store.ts'

export interface RunViewCommandNeeds {
  readonly projects: Pick<ProjectStore, 'runFolder'>
  readonly store: RunStore
  readonly scheduler: Scheduler
  /** The folder of imported models. */
  readonly library: string
  readonly viewer: Pick<PictureViewer, 'square'>
  readonly askEngine: AskEngine
}

const largestPicture = 64 * 2 ** 20

/** What is to be seen of runs. */
export function runViewCommands({
  projects,
  store,
  scheduler,
  library,
  viewer,
  askEngine,
}: RunViewCommandNeeds): Pick<
  Service,
  'runs.metrics' | 'runs.history' | 'runs.moment' | 'runs.show' | 'runs.heat-maps'
> {
  async function folderOf(key: RunKey): Promise<string> {
    await store.find(key)
    return projects.runFolder(key.project, key.run)
  }

  async function fileOf(
    key: RunKey,
    what: 'result' | 'start' | 'look' | 'landmarks',
  ): Promise<Preview | null> {
    const folder = await folderOf(key)
    const path = join(folder, what === 'result' ? await drawnFile(folder) : runFiles[what])
    if (!(await exists(path))) return null
    const { points, step } = await store.find(key)
    return {
      run: key.run,
      step: what === 'result' ? step : 0,
      image: new Uint8Array(await readWholeFile(path, largestPicture)),
      points: what === 'start' ? null : points[what],
    }
  }

  async function show({ what, ...key }: Parameters<'runs.show'>): Promise<Preview | null> {
    const newest = what === 'result' ? scheduler.active(key)?.newest : undefined
    if (newest !== undefined) return previewOf(key, newest)
    const { state } = await store.find(key)
    // The results may be those of an earlier end, while the history goes on.
    const isWritten = what !== 'result' || state === 'done' || state === 'stopped'
    const file = isWritten ? await fileOf(key, what) : null
    if (file !== null || what === 'look' || what === 'landmarks') return file
    return previewOf(
      key,
      await readMoment(await folderOf(key), what === 'start' ? 0 : Number.MAX_SAFE_INTEGER),
    )
  }

  return {
    async 'runs.metrics'({ from, ...key }) {
      const folder = await folderOf(key)
      const changes = await changesOf(folder)
      return {
        rows: [...(await readMetrics(folder, from))],
        changes: changes
          .filter(({ step }) => step >= from)
          .map(({ step, change }) => ({ step, kind: change.kind })),
      }
    },

    async 'runs.history'(key) {
      const folder = await folderOf(key)
      const keyframes = new Set(await keyframesOf(folder))
      const steps = new Set([...(await momentsOf(folder)), ...keyframes])
      return [...steps].sort((a, b) => a - b).map((step) => ({ step, keyframe: keyframes.has(step) }))
    },

    async 'runs.moment'({ step, ...key }) {
      return previewOf(key, await readMoment(await folderOf(key), step))
    },

    async 'runs.show'({ size, ...asked }) {
      const shown = await show(asked)
      if (shown === null || size === undefined) return shown
      return { ...shown, image: await viewer.square(shown.image, size) }
    },

    async 'runs.heat-maps'({ groups, ...key }) {
      const shown = await show({ ...key, what: 'result' })
      if (shown === null) return { image: null }
      const landmarks = await modelOf('landmarks', (await store.find(key)).setup, library)
      const picture = { name: 'result', bytes: shown.image }
      return { image: (await askEngine('heat-maps', { landmarks, picture, groups })).file }
    },
  }
}

function previewOf({ run }: RunKey, moment: EncodedPreview | undefined): Preview | null {
  if (moment === undefined) return null
  const { step, image, points } = moment
  return { run, step, image, points: points === null ? null : [...points] }
}
