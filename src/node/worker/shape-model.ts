import { join } from 'node:path'
import { memorySource } from '../../engine/checkpoint/byte-source.ts'
import { openCheckpoint } from '../../engine/checkpoint/open.ts'
import { readShapeModel, type ShapeModel } from '../../engine/motion/shape-model.ts'
import { readWholeFile } from '../host/files.ts'
import { packFolder } from '../host/folders.ts'

const fileName = 'shapes.safetensors'
const mostBytes = 2 ** 20

/** The model of faces' shapes that comes with the pack. Throws MienError 'unreadable-file', 'bad-file' or 'unsupported-model'. */
export async function loadShapeModel(): Promise<ShapeModel> {
  const bytes = await readWholeFile(join(packFolder(), fileName), mostBytes)
  return readShapeModel(openCheckpoint(memorySource(bytes, fileName)).networks[0]!.weights)
}
