import { join } from 'node:path'
import { memorySource } from '../../engine/checkpoint/byte-source.ts'
import { openCheckpoint } from '../../engine/checkpoint/open.ts'
import { readShapeModel, type ShapeModel } from '../../engine/motion/shape-model.ts'
import { readWholeFile } from '../host/files.ts'
import { packFolder } from '../host/folders.ts'
import { sha256 } from '../host/sha256.ts'

const fileName = 'shapes.safetensors'
const mostBytes = 2 ** 20

/** A model of shapes as it lies on the disk: coefficients mean nothing without the one that they were fitted by. */
export interface KnownShapeModel extends ShapeModel {
  /** Of its file. */
  readonly sha256: string
}

/** The model of faces' shapes that comes with the pack. Throws MienError 'unreadable-file', 'bad-file' or 'unsupported-model'. */
export async function loadShapeModel(): Promise<KnownShapeModel> {
  const bytes = await readWholeFile(join(packFolder(), fileName), mostBytes)
  const { weights } = openCheckpoint(memorySource(bytes, fileName)).networks[0]!
  return { ...readShapeModel(weights), sha256: sha256(bytes) }
}
