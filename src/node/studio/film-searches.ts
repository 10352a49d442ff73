import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { usualFrameSteps } from '../../engine/animation/frame-steps.ts'
import { MienError } from '../../engine/errors.ts'
import { type ProjectionSettings, usualSteps } from '../../engine/projection/settings.ts'
import type { Parameters, Service } from '../../shared/contract.ts'
import { type FilmOrder, filmOrderOf } from '../../shared/film.ts'
import type { Project } from '../../shared/project.ts'
import type { SearchSettings } from '../../shared/setup.ts'
import { importMotion } from '../drivers/driver.ts'
import { driverFiles } from '../drivers/driver-files.ts'
import type { RememberedFace } from '../engine/likeness-messages.ts'
import type { AskEngine } from '../engine/short-jobs.ts'
import { writeFileAtomic } from '../host/files.ts'
import { keptModels } from '../models/files.ts'
import { modelsOf } from '../models/resolve.ts'
import type { ProjectStore } from '../projects/project-store.ts'
import { driverFolder } from '../runs/kinds/film/film-driver.ts'
import { lookPoints } from '../runs/kinds/film/film-frames.ts'
import type { FilmMemories } from '../runs/kinds/film/film-memories.ts'
import type { FilmMemory } from '../runs/kinds/film/film-memory.ts'
import type { KeptFilm } from '../runs/kinds/film/kept-film.ts'
import { engineSettings, usedPicture } from '../runs/kinds/projection/studio-order.ts'
import { keptFaceOf } from '../runs/kinds/tuning/lesson.ts'
import type { RunQueue } from '../runs/queue.ts'
import { keepPictures } from '../runs/record/pictures.ts'
import { newRecord, type RunRecord } from '../runs/record/record.ts'
import type { RecordFile } from '../runs/record/record-file.ts'
import { runFiles } from '../runs/record/run-files.ts'
import type { Scheduler } from '../runs/scheduler.ts'
import type { RunKey, RunStore } from '../runs/store.ts'
import { faceIn } from './likeness-commands.ts'
import { pictureIn } from './picture-commands.ts'
import { type DriverOpener, driverIn } from './project-drivers.ts'
import { wrongUse } from './wrong-use.ts'

export interface FilmSearchNeeds {
  readonly projects: Pick<ProjectStore, 'open' | 'readFile'>
  readonly opener: DriverOpener
  readonly store: RunStore
  readonly queue: RunQueue
  readonly scheduler: Scheduler
  readonly memories: FilmMemories
  readonly askEngine: AskEngine
  /** The folder of imported models. */
  readonly library: string
}

/** A run that searches for a film, and what it has found. */
export interface FoundSearch {
  readonly run: string
  readonly memory: FilmMemory
}

/** The searches for films that are drawn. */
export interface FilmSearches {
  readonly commands: Pick<Service, 'films.search'>
  /** That of a film; undefined where nobody has searched for it. */
  find(project: Project, order: FilmOrder): Promise<FoundSearch | undefined>
}

/** Pixels of the look's square as it is kept to be looked at. */
const squareSide = 512

type Drawn = NonNullable<FilmOrder['drawn']>

/** What goes first, and whether it is searched again. */
interface Asked {
  readonly passage: Parameters<'films.search'>['passage'] | undefined
  readonly again: Parameters<'films.search'>['again'] | undefined
}

export function filmSearches(needs: FilmSearchNeeds): FilmSearches {
  const { projects, opener, store, queue, scheduler, memories, askEngine, library } = needs

  /** The newest run that searches for a film of that look, driver, model and search; whatever its motion is. */
  async function runOf(
    project: Project,
    { look: of, driver, drawn }: FilmOrder,
  ): Promise<RunRecord | undefined> {
    const look = faceIn(pictureIn(project, of))
    if (look === null || drawn === undefined) return undefined
    const face = keptFaceOf(look)
    const search = { settings: firstSearch(drawn.settings), steps: usualFrameSteps }
    const runs = (await store.known(project.id)).filter(({ kind }) => kind === 'film')
    const records = await Promise.all(runs.map(({ id }) => store.find({ project: project.id, run: id })))
    const isOf = ({ film, setup }: RunRecord) =>
      film?.search !== undefined &&
      setup.driver === driver &&
      isDeepStrictEqual(setup.models, drawn.models) &&
      isDeepStrictEqual(film.look, face) &&
      isDeepStrictEqual({ settings: film.search.settings, steps: film.search.steps }, search)
    return records.filter(isOf).sort((a, b) => b.created - a.created)[0]
  }

  async function kept(
    project: Project,
    { driver, film: settings }: FilmOrder,
    drawn: Drawn,
    face: RememberedFace,
    { passage, again }: Asked,
  ): Promise<KeptFilm> {
    const { facts } = await opener.open(project, driver)
    const { name } = driverIn(project, driver)
    if (passage !== undefined && passage[1] > facts.frames) {
      throw wrongUse(`The driver has ${facts.frames} frames.`)
    }
    const files = await modelsOf(drawn, library)
    return {
      ...{ look: keptFaceOf(face), settings, loop: false, way: 'drawn' },
      driver: { path: name, face: 1, range: null },
      ...(passage && { passage }),
      ...(again !== undefined && { again }),
      search: { settings: firstSearch(drawn.settings), steps: usualFrameSteps, files: keptModels(files) },
    }
  }

  /** Puts into the folder of a run what its film is made of. */
  async function fill({ folder }: RecordFile, project: Project, driver: string, look: RememberedFace) {
    const { name, sha256 } = look.picture
    const bytes = await projects.readFile(project.id, sha256)
    await keepPictures(folder, [{ name, bytes, alignment: 'none' }])
    const picture = { name, sha256, bytes }
    const encoding = { format: 'png' } as const
    const { file } = await askEngine('depict', { picture, square: look.quad, size: squareSide, encoding })
    if (file !== null) await writeFileAtomic(join(folder, runFiles.look), file)
    // What the face looks like is not asked for.
    const motion = join((await opener.open(project, driver)).folder, driverFiles.motion)
    await importMotion(motion, join(folder, driverFolder))
  }

  /** Lets a run go on with another motion; one that is under way begins anew with it, and loses nothing. */
  async function goOn(key: RunKey, edit: (record: RunRecord) => RunRecord) {
    const active = scheduler.active(key)
    if (active !== undefined) {
      scheduler.end(active, 'stopped')
      await active.over
    }
    const run = store.change(key, (record) => ({ ...edit(record), state: 'queued', failure: null }))
    if (!queue.has(key)) await queue.add([key], 'last')
    scheduler.wake()
    return run
  }

  return {
    commands: {
      async 'films.search'({ project: id, setup, passage, again, ...title }) {
        const { project } = await projects.open(id)
        const order = filmOrderOf(setup, 'drawn')
        if (order?.drawn === undefined)
          throw wrongUse('A film needs a look and a driver.', 'Give both first.')
        const picture = pictureIn(project, order.look)
        const look = faceIn(picture)
        if (look === null) throw noFace()
        const film = await kept(project, order, order.drawn, look, { passage, again })
        const before = await runOf(project, order)
        const asked = { ...setup, result: 'drawn' } as const
        // What was found with files that are others now is of no use.
        if (before !== undefined && before.failure?.code !== 'mismatch') {
          return goOn({ project: id, run: before.id }, (record) => ({ ...record, setup: asked, film }))
        }
        const pictures = [usedPicture(picture)]
        const given = newRecord(
          { id: randomUUID(), ...title, setup: asked, pictures, parent: null, batch: null },
          Date.now(),
        )
        const points = { ...given.points, look: lookPoints(look) }
        const record: RunRecord = { ...given, kind: 'film', points, film }
        const added = await store.add(id, record, (file) => fill(file, project, order.driver, look))
        await queue.add([{ project: id, run: added.id }], 'last')
        scheduler.wake()
        return store.show({ project: id, run: added.id })
      },
    },

    async find(project, order) {
      const record = await runOf(project, order)
      if (record === undefined) return undefined
      const { folder } = store.file({ project: project.id, run: record.id })
      return { run: record.id, memory: await memories.look(folder, usualFrameSteps) }
    },
  }
}

/** How the first frame of a film is searched: as a still that ends by itself, in no more steps than bring something. */
export function firstSearch(settings: SearchSettings): ProjectionSettings {
  const steps = Math.min(settings.steps, usualSteps)
  return { ...engineSettings({ ...settings, steps, live: false }), live: false }
}

export function noFace(): MienError {
  return new MienError('wrong-use', 'No film can be made of this look: no face was found in it.', {
    hint: 'Choose a picture in which a face is found, or cut its face out.',
  })
}
