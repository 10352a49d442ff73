import { join } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import type { Cluster } from '../../shared/cluster.ts'
import type { Service } from '../../shared/contract.ts'
import type { Emit } from '../../shared/events.ts'
import type { AskProxy } from '../downloads/tunnel.ts'
import { type SpawnWorker, startEngine } from '../engine/client.ts'
import { findDevices, probeApart } from '../engine/device-search.ts'
import { keptEngine } from '../engine/kept-engine.ts'
import { idleMilliseconds, shortJobs } from '../engine/short-jobs.ts'
import { makeFolder } from '../host/files.ts'
import { folderSize } from '../host/folder-size.ts'
import { programVersion } from '../host/folders.ts'
import { createProjectStore } from '../projects/library.ts'
import { pictureViewer } from '../projects/picture-viewer.ts'
import { isHeld, takeLock } from '../projects/project-lock.ts'
import { createCovers } from '../runs/cover.ts'
import { filmMemories } from '../runs/kinds/film/film-memories.ts'
import { openQueue, type RunQueue } from '../runs/queue.ts'
import { createScheduler } from '../runs/scheduler.ts'
import { createRunStore, type RunKey, type RunStore } from '../runs/store.ts'
import { catalogueCommands } from './catalogue-commands.ts'
import { clusterCommands } from './cluster-commands.ts'
import { deviceCommands } from './device-commands.ts'
import { driverCommands } from './driver-commands.ts'
import { driverMaker } from './driver-making.ts'
import { driverTracking } from './driver-tracking.ts'
import { addExample } from './example-project.ts'
import { exportCommands } from './export-commands.ts'
import { filmCommands } from './film-commands.ts'
import { filmExports } from './film-export.ts'
import { filmPlanner } from './film-plans.ts'
import { filmSearches } from './film-searches.ts'
import { newSetup } from './generator-search.ts'
import { likenessCommands, photographMaker } from './likeness-commands.ts'
import { modelCommands } from './model-commands.ts'
import { faceMover } from './moved-faces.ts'
import { heldToOwners } from './owners.ts'
import { pictureCommands } from './picture-commands.ts'
import { preferenceCommands } from './preference-commands.ts'
import { projectCommands } from './project-commands.ts'
import { driverOpener } from './project-drivers.ts'
import { queueCommands } from './queue-commands.ts'
import { runCommands } from './run-commands.ts'
import { runViewCommands } from './run-view-commands.ts'
import { togetherCommands } from './together-commands.ts'
import { tuningCommands } from './tuning-commands.ts'

export interface StudioOptions {
  /** The folder of all that belongs to the user: projects, models, preferences, the queue. */
  readonly home: string
  /** Starts an engine process. */
  readonly spawn: SpawnWorker
  /** Asked for the proxy of a download where the environment says nothing of one. */
  readonly askProxy?: AskProxy | undefined
  /** What shows the window. */
  readonly host: 'app' | 'browser'
  /** The queue of many machines that the window shows, if it shows one. */
  readonly cluster?: Cluster | undefined
  /** The files that the window gave, by ids: where each lies, if there is one, and that it is not needed any more. */
  readonly uploads: {
    path(upload: string): string | undefined
    release(upload: string): Promise<void>
  }
  readonly emit: Emit
}

/** The service with all that is behind it. */
export interface Studio {
  readonly service: Service
  /** Ends everything at once; the run that is under way goes on with the next start. */
  close(): Promise<void>
}

/**
 * Opens what a home holds and lets the runs of its queue go on. A home that another program has open can be used too,
 * but its queue is that program's. Throws MienError 'unwritable'.
 */
export async function openStudio({
  home,
  spawn,
  askProxy,
  host,
  cluster,
  uploads,
  emit,
}: StudioOptions): Promise<Studio> {
  await makeFolder(home)
  const library = join(home, 'models')
  const projectsFolder = join(home, 'projects')
  const bin = join(home, 'bin')
  const projects = createProjectStore({ folder: projectsFolder, bin })
  const lock = await takeLock(home, Date.now)
  const queue = await openQueue(isHeld(lock) ? join(home, 'queue.json') : null, emit)
  const store = createRunStore(projects, queue.has, emit)
  await restore(queue, store)
  const jobs = shortJobs(() => startEngine(spawn))
  const askEngine = jobs.ask
  /** Imports and films take longer than a picture may wait. */
  const chores = shortJobs(() => startEngine(spawn))
  const viewer = pictureViewer({ projects, askEngine })
  const photographs = photographMaker({
    projects,
    askEngine,
    resultOf: (project, run) => views['runs.show']({ project, run, what: 'result' }),
  })
  const faces = faceMover({ projects, store, photographs, askEngine, library })
  const covers = createCovers({ projects, store, viewer, photographs, emit })
  const memories = filmMemories()
  const engines = keptEngine(spawn, idleMilliseconds)
  const scheduler = createScheduler({
    ...{ projects, spawn: engines, home, library, store, queue, covers, films: memories, emit },
  })
  const runsOf = store.of
  const runOf = async (project: string, run: string) => {
    await store.find({ project, run })
    return store.show({ project, run })
  }
  const queued = async () => queue.members.map(store.show)
  const given = {
    uploadPath: async (upload: string) => uploads.path(upload) ?? missingUpload(upload),
    releaseUpload: uploads.release,
  }
  const catalogue = catalogueCommands({ home, askEngine: chores.ask, askProxy, ...given, emit })
  const startAnother = () => startEngine(spawn)
  const maker = driverMaker({ projects, startEngine: startAnother, emit })
  const opener = driverOpener(projects)
  const planner = filmPlanner(opener)
  const tracking = driverTracking({ maker, ...given, emit })
  const searches = filmSearches({ projects, opener, store, queue, scheduler, memories, askEngine, library })
  const filmFiles = filmExports({
    ...{ projects, planner, searches, library, spawn, ...given, emit },
  })
  const views = runViewCommands({ projects, store, scheduler, library, viewer, askEngine })
  const ofPreferences = preferenceCommands({ file: join(home, 'preferences.json'), emit })
  const ofProjects = projectCommands({
    ...{ projects, runsOf, queued, askEngine, covers, emit },
    newSetup: async () => newSetup(library, (await ofPreferences['preferences.get']({})).generator),
  })

  const service: Service = {
    'studio.about': async () => ({
      version: await programVersion(),
      ...{ platform: process.platform, host, cluster: cluster?.address ?? null },
    }),
    ...clusterCommands(cluster ?? null),
    async 'studio.storage'() {
      const [inProjects, inBin, inModels] = await Promise.all([projectsFolder, bin, library].map(folderSize))
      return { folder: home, projects: inProjects!, bin: inBin!, models: inModels! }
    },
    ...ofPreferences,
    ...ofProjects,
    async 'projects.close'({ project }) {
      // The lock stays for as long as a run of it computes or waits.
      return queue.members.some((key) => key.project === project)
        ? {}
        : ofProjects['projects.close']({ project })
    },
    async 'projects.remove'(removed) {
      for (const project of removed.projects) await tracking.commands['drivers.cancel']({ project })
      return ofProjects['projects.remove'](removed)
    },
    ...pictureCommands({ projects, runsOf, askEngine, viewer, library, emit }),
    ...likenessCommands(projects, photographs),
    ...tracking.commands,
    ...driverCommands({ projects, maker, opener, emit }),
    ...filmCommands({ projects, planner, searches, photographs, askEngine, library }),
    ...searches.commands,
    ...filmFiles.commands,
    ...runCommands({ projects, store, queue, scheduler, covers }),
    ...tuningCommands({ projects, store, queue, scheduler, photographs, faces, library, askEngine }),
    ...views,
    ...exportCommands({
      ...{ projects, askEngine: chores.ask, runs: views, photographs, faces, library, emit, runOf },
    }),
    ...togetherCommands({ projects, runOf, photographs }),
    ...queueCommands({ store, queue, scheduler }),
    ...modelCommands({ library, queued, askEngine: chores.ask, ...given, emit }),
    ...catalogue.commands,
    ...deviceCommands({ findDevices: () => findDevices(probeApart(spawn)) }),
  }
  scheduler.wake()
  // Nobody waits for it: the window shows it when it is there.
  const welcome = isHeld(lock) ? addExample(projects, projectsFolder) : Promise.resolve(null)
  void welcome.then((id) => id !== null && emit('projects', { projects: [id] }))

  return {
    service: heldToOwners(service, projects),
    async close() {
      await tracking.close()
      await filmFiles.close()
      await catalogue.close()
      await scheduler.close()
      engines.close()
      await covers.idle()
      jobs.close()
      chores.close()
      await welcome
      await store.idle()
      await projects.dispose()
      if (isHeld(lock)) await lock.release()
    },
  }
}

/** What was under way when the program ended is the first to go on; what cannot be found any more is left out. */
async function restore(queue: RunQueue, store: RunStore): Promise<void> {
  const lost: RunKey[] = []
  for (const key of queue.members) {
    try {
      const { state } = await store.find(key)
      if (state === 'starting' || state === 'running' || state === 'finishing') {
        store.change(key, (record) => ({ ...record, state: 'queued' }))
      } else if (state !== 'queued' && state !== 'paused') lost.push(key)
    } catch {
      lost.push(key)
    }
  }
  await queue.remove(lost)
}

function missingUpload(upload: string): never {
  throw new MienError('wrong-use', 'The file that was chosen is no longer there.', {
    name: upload,
    hint: 'Choose it again.',
  })
}
