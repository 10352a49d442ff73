import { join } from 'node:path'
import type { AlignmentChoice, TargetInput } from '../engine/protocol.ts'
import type { ProjectionOrder } from '../runs/kinds/projection/order.ts'
import { readPictureFile } from '../runs/record/pictures.ts'

/** A picture where it lies, and how it becomes a square. */
export interface JobPicture {
  readonly path: string
  readonly alignment: AlignmentChoice
}

/** One projection of a batch; its pictures are read when it is its turn. */
export interface Job {
  /** Of its folder; no two jobs of a batch share one. */
  readonly name: string
  readonly look: JobPicture
  readonly landmarks: JobPicture
  readonly order: Omit<ProjectionOrder, 'look' | 'landmarks'>
}

/** The folder of a job's run in that of its batch. */
export function jobFolder(batchFolder: string, { name }: Pick<Job, 'name'>): string {
  return join(batchFolder, name)
}

/** What a run is asked for. Throws MienError 'unreadable-file', 'bad-file' for a picture that cannot be read. */
export async function orderOfJob({ look, landmarks, order }: Job): Promise<ProjectionOrder> {
  return { ...order, look: await readTarget(look), landmarks: await readTarget(landmarks) }
}

async function readTarget({ path, alignment }: JobPicture): Promise<TargetInput> {
  return { ...(await readPictureFile(path)), alignment }
}
