import { join } from 'node:path'
import { partNames } from '../../shared/settings.ts'
import { requireFile } from '../host/files.ts'
import type { InstalledModel } from '../models/store.ts'

/** What a model is, for people: a line for each network, then where it came from. */
export async function modelLines({ record, folder }: InstalledModel): Promise<readonly string[]> {
  const lines: string[] = []
  for (const [part, stored] of Object.entries(record.files)) {
    const name = part === 'discriminator' ? part : partNames[part as keyof typeof partNames]
    const detail =
      part === 'generator' && record.resolution !== undefined
        ? `, ${record.resolution} x ${record.resolution} pixels`
        : ''
    const { size } = await requireFile(join(folder, stored.file))
    lines.push(`  ${name}${detail}, ${megabytes(size)}, sha256 ${stored.sha256}`)
  }
  if (record.source !== undefined) {
    const { file, format, bytes, sha256 } = record.source
    lines.push(`  from ${file} (${format}, ${megabytes(bytes)}, sha256 ${sha256})`)
  }
  lines.push(`  licence: ${record.licence ?? 'not stated; see where you got it'}`)
  return lines
}

/** A number of bytes for people. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0)} MB`
}
