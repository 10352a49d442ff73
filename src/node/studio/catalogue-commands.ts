import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MienError } from '../../engine/errors.ts'
import {
  type CatalogueFile,
  type CatalogueSet,
  licencesOf,
  type SetProgress,
  type ShownSet,
} from '../../shared/catalogue.ts'
import type { Service } from '../../shared/contract.ts'
import type { Emit } from '../../shared/events.ts'
import type { Failure } from '../../shared/failure.ts'
import { fileNameOf } from '../downloads/address.ts'
import { type Catalogue, catalogueOf, readCatalogue, setNamed } from '../downloads/catalogue.ts'
import { downloadSet, downloadsFolder, installedAs } from '../downloads/download-set.ts'
import { acceptLicences, openLicences, requireAccepted } from '../downloads/licences.ts'
import { forgetPartials, heldOf, listPartials, placeOf } from '../downloads/partials.ts'
import { readPins } from '../downloads/pins.ts'
import type { AskProxy } from '../downloads/tunnel.ts'
import { expectedHash } from '../downloads/verification.ts'
import type { Pace } from '../engine/pace.ts'
import type { AskEngine } from '../engine/short-jobs.ts'
import { exists, readWholeFile, removeFile, writeFileAtomic } from '../host/files.ts'
import { serial } from '../host/serial.ts'
import { throttle } from '../host/throttle.ts'
import { readPaces, stepSeconds } from '../runs/pace.ts'
import { wrongUse } from './wrong-use.ts'

export interface CatalogueCommandNeeds {
  /** The folder of all that belongs to the user. */
  readonly home: string
  readonly askEngine: AskEngine
  /** Asked where the environment says nothing of a proxy. */
  readonly askProxy?: AskProxy | undefined
  /** Where an uploaded file lies. */
  readonly uploadPath: (upload: string) => Promise<string>
  /** Told of every upload that was tried. */
  readonly releaseUpload: (upload: string) => Promise<void>
  readonly emit: Emit
}

type CatalogueService = Pick<
  Service,
  'catalogue.list' | 'catalogue.download' | 'catalogue.pause' | 'catalogue.remove' | 'catalogue.choose'
>

/** How often a window is told how far a download is. */
const progressMilliseconds = 200

const largestCatalogue = 2 ** 20

/** What can be downloaded, and its downloads: one set after the other, each begun by a press. */
export function catalogueCommands({
  home,
  askEngine,
  askProxy,
  uploadPath,
  releaseUpload,
  emit,
}: CatalogueCommandNeeds): {
  readonly commands: CatalogueService
  /** Stops what is under way; what came is kept. */
  close(): Promise<void>
} {
  const own = join(home, 'catalogue.json')
  const downloads = downloadsFolder(home)
  const underWay = new Map<string, { readonly stop: AbortController; readonly ended: Promise<void> }>()
  const failures = new Map<string, Failure>()
  const inTurn = serial()

  const current = async () => readCatalogue((await exists(own)) ? own : undefined)

  async function download(set: CatalogueSet, { rules }: Catalogue, signal: AbortSignal): Promise<void> {
    let last: SetProgress | undefined
    const tell = throttle(progressMilliseconds, () => {
      if (last !== undefined) emit('catalogue.progress', { set: set.id, progress: last })
    })
    try {
      await downloadSet(set, {
        ...{ home, rules, askEngine, askProxy, signal },
        onProgress(progress) {
          last = progress
          tell.call()
        },
        sleep: (milliseconds, stopped) => sleep(milliseconds, undefined, { signal: stopped }),
      })
    } catch (error) {
      const failure = failureOf(error)
      if (failure.code !== 'stopped') failures.set(set.id, failure)
    } finally {
      tell.flush()
      underWay.delete(set.id)
      emit('models', {})
      emit('catalogue', {})
    }
  }

  const commands: CatalogueService = {
    async 'catalogue.list'() {
      const { sets, rules } = await current()
      const partials = await listPartials(downloads)
      const paces = await readPaces(home)
      return {
        sets: await Promise.all(
          sets.map(async (set) => ({
            ...(await shownSet(set, home, paces)),
            busy: underWay.has(set.id),
            failure: failures.get(set.id) ?? null,
          })),
        ),
        own: rules.own,
        partials: partials.map(({ id, name, held, bytes }) => ({ id, name, held, bytes })),
      }
    },

    async 'catalogue.download'({ set: id, accept }) {
      const catalogue = await current()
      const set = setNamed(catalogue, id)
      if (accept) await acceptLicences(home, set)
      await requireAccepted(home, set)
      if (underWay.has(id)) return {}
      failures.delete(id)
      const stop = new AbortController()
      const ended = inTurn(() => download(set, catalogue, stop.signal))
      underWay.set(id, { stop, ended })
      emit('catalogue', {})
      return {}
    },

    async 'catalogue.pause'({ set }) {
      const found = underWay.get(set)
      found?.stop.abort()
      await found?.ended
      return {}
    },

    async 'catalogue.remove'({ partial }) {
      if (underWay.size > 0) throw wrongUse('Something is being downloaded.', 'Stop the download first.')
      const listed = await listPartials(downloads)
      await forgetPartials(
        downloads,
        listed.filter(({ id }) => id === partial),
      )
      emit('catalogue', {})
      return {}
    },

    async 'catalogue.choose'({ upload }) {
      if (upload === null) await removeFile(own)
      else {
        try {
          const path = await uploadPath(upload)
          const text = new TextDecoder().decode(await readWholeFile(path, largestCatalogue))
          catalogueOf(text, path, true)
          await writeFileAtomic(own, text)
        } finally {
          await releaseUpload(upload)
        }
      }
      failures.clear()
      emit('catalogue', {})
      return {}
    },
  }

  return {
    commands,
    async close() {
      const all = [...underWay.values()]
      for (const { stop } of all) stop.abort()
      await Promise.all(all.map(({ ended }) => ended))
    },
  }
}

/** Nobody waits for a download, so a defect is told as its failure, too. */
function failureOf(error: unknown): Failure {
  if (!(error instanceof MienError)) {
    return { code: 'unexpected', message: 'This is a bug in Mien.', hint: null }
  }
  return { code: error.code, message: error.message, hint: error.hint ?? null }
}

async function shownSet(
  set: CatalogueSet,
  home: string,
  paces: readonly Pace[],
): Promise<Omit<ShownSet, 'busy' | 'failure'>> {
  const [pins, there, open] = await Promise.all([
    readPins(home),
    installedAs(set.files, home),
    openLicences(home, set),
  ])
  const missing = await Promise.all(
    set.files.map(async (file) => (there.has(file) ? 0 : await missingOf(file, home))),
  )
  return {
    id: set.id,
    name: set.name,
    licences: licencesOf(set).map(({ name, url, use }) => ({ name, url, use: use ?? null })),
    accepted: open.length === 0,
    citation: set.citation ?? null,
    memory: set.needs?.memory ?? null,
    stepSeconds: stepSeconds(set.needs?.step, paces) ?? null,
    files: set.files.map((file) => ({
      url: file.url,
      name: fileNameOf(new URL(file.url)),
      bytes: file.bytes,
      about: file.about === true,
      sha256: expectedHash(file, pins) ?? file.sha256 ?? null,
      pinned: file.sha256?.length !== 64 && expectedHash(file, pins) !== undefined,
    })),
    missing: missing.reduce((sum, bytes) => sum + bytes, 0),
    installed: there.size === set.files.length,
  }
}

async function missingOf({ url, bytes }: CatalogueFile, home: string): Promise<number> {
  return Math.max(0, bytes - (await heldOf(placeOf(downloadsFolder(home), url))))
}
