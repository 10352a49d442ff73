import { join } from 'node:path'
import { partNames } from '../../shared/settings.ts'
import { requireFile } from '../host/files.ts'
import type { ModelRecord } from '../models/record.ts'
import type { InstalledModel } from '../models/store.ts'

/** What a model is, for people: a line for each network, then where it came from. */
export async function modelLines({ record, folder }: InstalledModel): Promise<readonly string[]> {
  const lines: string[] = []
  for (const [part, stored] of Object.entries(record.files)) {
    const name = part === 'discriminator' ? part : partNames[part as keyof typeof partNames]
    const details = part === 'generator' ? generatorDetails(record) : []
    const { size } = await requireFile(join(folder, stored.file))
    lines.push(`  ${[name, ...details].join(', ')}, ${megabytes(size)}, sha256 ${stored.sha256}`)
  }
  if (record.source !== undefined) {
    const { file, format, bytes, sha256 } = record.source
    lines.push(`  from ${file} (${format}, ${megabytes(bytes)}, sha256 ${sha256})`)
  }
  lines.push(`  licence: ${record.licence ?? 'not stated; see where you got it'}`)
  return lines
}

function generatorDetails({ resolution, classes = 0 }: ModelRecord): readonly string[] {
  return [
    ...(resolution === undefined ? [] : [`${resolution} x ${resolution} pixels`]),
    ...(classes === 0 ? [] : [`${classes} ${classes === 1 ? 'class' : 'classes'}`]),
  ]
}

/** A number of bytes for people. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0)} MB`
}
