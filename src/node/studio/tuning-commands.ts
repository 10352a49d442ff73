import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Service } from '../../shared/contract.ts'
import type { TargetInput } from '../engine/protocol.ts'
import { copyWholeFile, exists } from '../host/files.ts'
import { canBeTuned } from '../models/asked-tuning.ts'
import { modelsOf } from '../models/resolve.ts'
import type { ProjectStore } from '../projects/project-store.ts'
import { facesIn, keptLessonOf } from '../runs/kinds/tuning/lesson.ts'
import type { RunQueue } from '../runs/queue.ts'
import { copyMoment } from '../runs/record/history.ts'
import { keepPictures } from '../runs/record/pictures.ts'
import { newRecord } from '../runs/record/record.ts'
import { runFiles } from '../runs/record/run-files.ts'
import type { Scheduler } from '../runs/scheduler.ts'
import type { RunStore } from '../runs/store.ts'
import type { PhotographMaker } from './likeness-commands.ts'
import type { FaceMover } from './moved-faces.ts'
import { bringUpToDate, type SnapshotFileNeeds } from './snapshot-files.ts'
import { wrongUse } from './wrong-use.ts'

export interface TuningCommandNeeds extends SnapshotFileNeeds {
  readonly projects: Pick<ProjectStore, 'owned' | 'read'>
  readonly store: RunStore
  readonly queue: RunQueue
  readonly scheduler: Scheduler
  readonly photographs: Pick<PhotographMaker, 'faces'>
  readonly faces: FaceMover
}

/** As a slider is dragged, one after the other. */
const toLookAt = { format: 'webp', quality: 92 } as const

/** Generators that are taught a person. */
export function tuningCommands(needs: TuningCommandNeeds): Pick<Service, 'runs.tune' | 'runs.moved'> {
  const { projects, store, queue, scheduler, photographs, faces, library } = needs
  return {
    async 'runs.moved'({ order, ...key }) {
      const moved = await faces.move(key, order, { encoding: toLookAt })
      if (moved === null) return null
      const { step } = await store.find(key)
      return { run: key.run, step, image: moved.file, points: [...moved.points] }
    },

    async 'runs.tune'({ project, run, order, ...title }) {
      const key = { project, run }
      const parent = await store.find(key)
      const { folder } = store.file(key)
      const { state, setup, terms, points, step, pictures, kind } = parent
      if (kind === 'tuning')
        throw wrongUse('This generator is tuned already.', 'Choose the run that it was tuned for.')
      if ((state !== 'done' && state !== 'stopped') || terms === null || parent.order === null) {
        throw wrongUse('The run is not over.', 'Finish or stop it first.')
      }
      if (!(await canBeTuned(await modelsOf(setup, library)))) {
        throw wrongUse(
          'The embedded perceptual network judges drawings; this generator cannot be tuned by it.',
          'Import VGG16 with LPIPS, and search with it first.',
        )
      }
      await bringUpToDate(needs, store.show(key), folder, runFiles.latent)
      const faces = await photographs.faces(await projects.read(project), order)
      const record = {
        ...newRecord(
          { id: randomUUID(), ...title, setup, pictures, parent: { run, step }, batch: null },
          Date.now(),
        ),
        ...({
          kind: 'tuning',
          step: 0,
          terms,
          points,
          lesson: keptLessonOf(faces, parent.order.settings),
        } as const),
      }
      const added = await store.add(project, record, async (file) => {
        const pictures = facesIn(faces).map(
          ({ picture }) => ({ ...picture, alignment: 'none' }) as TargetInput,
        )
        await keepPictures(file.folder, pictures)
        // What the generator draws before it is taught anything.
        await copyMoment(folder, file.folder, step, 0)
        for (const name of [
          runFiles.look,
          runFiles.landmarks,
          runFiles.start,
          runFiles.latent,
          runFiles.noise,
        ]) {
          if (await exists(join(folder, name)))
            await copyWholeFile(join(folder, name), join(file.folder, name))
        }
      })
      await queue.add([{ project, run: added.id }], 'last')
      scheduler.wake()
      return store.show({ project, run: added.id })
    },
  }
}
