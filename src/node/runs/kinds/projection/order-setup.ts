import { basename, parse } from 'node:path'
import { emptySetup, referenceSearch } from '../../../../shared/default-setup.ts'
import { modelParts } from '../../../../shared/settings.ts'
import type { Setup } from '../../../../shared/setup.ts'
import { idOfImport } from '../../../models/files.ts'
import type { KeptPicture } from '../../record/pictures.ts'
import type { KeptOrder } from './order.ts'
import type { UsedPicture } from './record.ts'

/** The pictures of a run that belongs to no project. */
const ids = { look: 'look', landmarks: 'landmarks' } as const

/** What the window shows of a run that was asked for without it. */
export function setupOfOrder({ likeness, ...order }: KeptOrder): Setup {
  return {
    ...setupWithout(order),
    ...ids,
    ...(likeness === undefined && { result: 'drawn' }),
    ...(likeness?.aim === 'result' && { aim: likeness.aim }),
  }
}

/** A setup before its pictures. Models that were given as files are named as their imports would be. */
export function setupWithout({
  settings,
  files,
  provider,
}: Pick<KeptOrder, 'settings' | 'files' | 'provider'>): Setup {
  const models = modelParts.flatMap((part) => {
    const [file] = files[part]
    return file === undefined ? [] : [[part, 'id' in file ? file.id : idOfImport(basename(file.path))]]
  })
  const label = files.generator[0]?.class
  return {
    ...emptySetup({ ...referenceSearch, live: false, ...settings }),
    models: { ...Object.fromEntries(models), ...(label !== undefined && { class: label }) },
    device: provider,
  }
}

export function picturesOfOrder(order: KeptOrder): UsedPicture[] {
  return Object.values(ids).map((id) => usedPicture(order[id], id))
}

export function usedPicture(kept: KeptPicture, id: string): UsedPicture {
  return { ...kept, id, name: basename(kept.name) }
}

/** The two pictures by the names of their files. */
export function titleOfOrder({ look, landmarks }: KeptOrder): string {
  return [look, landmarks].map(titleOfPicture).join(' + ')
}

/** The name of its file, fit for a title. */
export function titleOfPicture({ name }: Pick<KeptPicture, 'name'>): string {
  return parse(name)
    .name.replace(/[\p{Cc}\p{Cs}]/gu, ' ')
    .slice(0, 50)
}
