import { join } from 'node:path'
import type { LikenessOrder } from '../../shared/likeness.ts'
import type { AskEngine } from '../engine/short-jobs.ts'
import type { MoveOutcome } from '../engine/tune-messages.ts'
import { exists } from '../host/files.ts'
import { modelsOf } from '../models/resolve.ts'
import type { ProjectStore } from '../projects/project-store.ts'
import { readMovement } from '../runs/kinds/tuning/movement-file.ts'
import { runFiles } from '../runs/record/run-files.ts'
import type { RunKey, RunStore } from '../runs/store.ts'
import type { Encoding } from '../runtime/sharp-codec.ts'
import type { PhotographMaker } from './likeness-commands.ts'

export interface MovedFaceNeeds {
  readonly projects: Pick<ProjectStore, 'read'>
  readonly store: Pick<RunStore, 'find' | 'file'>
  readonly photographs: Pick<PhotographMaker, 'aim'>
  readonly askEngine: AskEngine
  /** The folder of imported models. */
  readonly library: string
}

/** A taught face that was moved. */
export interface MovedFace extends MoveOutcome {
  /** Where its landmarks are to be, 68 x (x, y) as fractions of the square. */
  readonly points: readonly number[]
}

/** Moves the faces that generators were taught. */
export interface FaceMover {
  /**
   * The face of a tuning with its landmarks where those of the photograph of this order go; null where nothing tells where
   * that is, or the run has taught no generator yet.
   */
  move(
    key: RunKey,
    order: LikenessOrder,
    as: { readonly encoding: Encoding; readonly side?: number },
  ): Promise<MovedFace | null>
}

export function faceMover({ projects, store, photographs, askEngine, library }: MovedFaceNeeds): FaceMover {
  return {
    async move(key, order, as) {
      const { setup } = await store.find(key)
      const { folder } = store.file(key)
      const [path, tuned] = [join(folder, runFiles.movement), join(folder, runFiles.generator)]
      if (!(await exists(path)) || !(await exists(tuned))) return null
      const aim = await photographs.aim(await projects.read(key.project), order)
      if (aim === null) return null
      const { generator, landmarks } = await modelsOf(setup, library)
      const moved = await askEngine('move', {
        ...{ tuned: [{ path: tuned }], models: { generator, landmarks }, aim, ...as },
        movement: await readMovement(path),
      })
      return { ...moved, points: aim }
    },
  }
}
