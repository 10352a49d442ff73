import { join } from 'node:path'
import { openCheckpoint } from '../../engine/checkpoint/open.ts'
import { MienError } from '../../engine/errors.ts'
import { classesOf } from '../../engine/network/stylegan2/conditional-mapping.ts'
import { openFileSource } from '../host/file-source.ts'
import type { ModelRecord } from './record.ts'

/** The record with its number of classes, from the head of the generator's file where an older Mien wrote the record. */
export function withClasses(record: ModelRecord, folder: string): ModelRecord {
  const { files, classes } = record
  if (files.generator === undefined || classes !== undefined) return record
  return { ...record, classes: classesIn(join(folder, files.generator.file)) }
}

/** 0 for a file that cannot be read: why, whoever draws with it says. */
function classesIn(path: string): number {
  try {
    const source = openFileSource(path)
    try {
      const [network] = openCheckpoint(source).networks
      return network === undefined ? 0 : classesOf(network.weights)
    } finally {
      source.close()
    }
  } catch (error) {
    if (error instanceof MienError) return 0
    throw error
  }
}
