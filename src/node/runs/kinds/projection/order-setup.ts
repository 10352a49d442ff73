import { basename, parse } from 'node:path'
import { emptySetup, referenceSearch } from '../../../../shared/default-setup.ts'
import { modelParts } from '../../../../shared/settings.ts'
import type { Setup } from '../../../../shared/setup.ts'
import { idOfImport } from '../../../models/files.ts'
import type { KeptOrder } from './order.ts'
import type { UsedPicture } from './record.ts'

/** The pictures of a run that belongs to no project. */
const ids = { look: 'look', landmarks: 'landmarks' } as const

/**
 * What the window shows of a run that was asked for without it. Models that were given as files are named as their imports
 * would be.
 */
export function setupOfOrder({ settings, files, provider, likeness }: KeptOrder): Setup {
  const models = modelParts.flatMap((part) => {
    const [file] = files[part]
    return file === undefined ? [] : [[part, 'id' in file ? file.id : idOfImport(basename(file.path))]]
  })
  return {
    ...emptySetup({ ...referenceSearch, live: false, ...settings }),
    ...ids,
    models: Object.fromEntries(models),
    device: provider,
    ...(likeness === undefined && { result: 'drawn' }),
    ...(likeness?.aim === 'result' && { aim: likeness.aim }),
  }
}

export function picturesOfOrder(order: KeptOrder): UsedPicture[] {
  return Object.values(ids).map((id) => ({ ...order[id], id, name: basename(order[id].name) }))
}

/** The two pictures by the names of their files. */
export function titleOfOrder({ look, landmarks }: KeptOrder): string {
  const names = [look, landmarks].map(({ name }) =>
    parse(name)
      .name.replace(/[\p{Cc}\p{Cs}]/gu, ' ')
      .slice(0, 50),
  )
  return names.join(' + ')
}
