import { join } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import type { Driver } from '../../shared/driver.ts'
import type { Project } from '../../shared/project.ts'
import { driverFiles, readFacts } from '../drivers/driver-files.ts'
import { exists } from '../host/files.ts'
import { driverPath } from './project-paths.ts'

/**
 * A sentence for each driver whose folder or a file in it is missing, or is not what it was. Its arrays are looked into when
 * they are used.
 */
export async function driverDamage(folder: string, { drivers }: Project): Promise<readonly string[]> {
  const sentences: string[] = []
  for (const driver of drivers) {
    const wrong = await wrongWithDriver(folder, driver)
    if (wrong !== undefined) sentences.push(`The driver "${driver.name}" ${wrong}.`)
  }
  return sentences
}

async function wrongWithDriver(folder: string, { id, clip }: Driver): Promise<string | undefined> {
  try {
    const place = await driverPath(folder, id)
    const file = (name: keyof typeof driverFiles) => join(place, driverFiles[name])
    const needed = [file('facts'), file('motion'), ...(clip === null ? [] : [file('track')])]
    for (const path of needed) if (!(await exists(path))) return 'is missing, or a file of it is'
    await readFacts(file('facts'))
    return undefined
  } catch (error) {
    if (!(error instanceof MienError)) throw error
    return error.code === 'unreadable-file' ? 'cannot be read' : 'is damaged'
  }
}
