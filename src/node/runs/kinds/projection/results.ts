import { basename, join } from 'node:path'
import { contactSheet } from '../../../../engine/picture/contact-sheet.ts'
import { blankImage, paste } from '../../../../engine/picture/drawing.ts'
import type { Image } from '../../../../engine/runtime.ts'
import type { PictureInput, Progress, ProjectOutcome, TargetImages } from '../../../engine/protocol.ts'
import {
  type LineFile,
  makeFolder,
  openLineFile,
  readTextIfAny,
  removeFile,
  requireWritable,
  writeFileAtomic,
} from '../../../host/files.ts'
import { programVersion } from '../../../host/folders.ts'
import { asAmount, asCount, asRecord, parseJson } from '../../../host/json-fields.ts'
import { sha256 } from '../../../host/sha256.ts'
import type { ModelFiles } from '../../../models/files.ts'
import { sharpCodec } from '../../../runtime/sharp-codec.ts'
import { npzBytes } from './array-files.ts'
import type { RunPhotograph } from './likeness.ts'
import type { RunRequest } from './order.ts'

/** The files of a run, by what they hold; the reference's names where it has one. */
export const runFiles = {
  look: 'target_look.png',
  landmarks: 'target_landmarks.png',
  start: 'start.png',
  result: 'proj.png',
  drawn: 'proj_drawn.png',
  whole: 'proj_whole.png',
  latent: 'projected_w.npz',
  noise: 'noise.npz',
  sheet: 'contact-sheet.png',
  video: 'proj.mp4',
  metrics: 'metrics.ndjson',
  record: 'run.json',
} as const

/** Version of the form of run.json. */
const recordVersion = 1

/** A 1024 generator: three snapshots at a time of 34 MB each, 11 MB of noise, a few pictures. */
const neededBytes = 160 * 2 ** 20

/** The folder of one run; `finish` or `abandon` ends it. */
export interface RunFolder {
  /** Of the attempts before, as far as metrics.ndjson tells. */
  readonly earlierSeconds: number
  /** Whether this attempt has made a step. */
  readonly begun: boolean
  /** Says how the pictures were aligned, for the record; before the first `record`. */
  aligned(alignments: TargetImages['alignments']): void
  /**
   * Appends to metrics.ndjson; the first call makes the files. Steps that are made again are passed over. Rejects
   * with MienError 'unwritable'.
   */
  record(progress: Progress): Promise<void>
  /** Writes all results, the record last. Gives the files' paths by what they hold. */
  finish(
    outcome: ProjectOutcome,
    targets: TargetImages,
    video: Uint8Array | undefined,
    photograph: RunPhotograph | undefined,
  ): Promise<Readonly<Record<string, string>>>
  /** Leaves no trace of a run that never made a step, and an honest record of one that failed later. */
  abandon(reason: string): Promise<void>
}

/**
 * Makes the folder and checks that it can take the results; `goesOn` keeps what an attempt before recorded. Throws
 * MienError 'unwritable'.
 */
export async function openRunFolder(folder: string, request: RunRequest, goesOn = false): Promise<RunFolder> {
  const undo = await makeFolder(folder)
  try {
    await requireWritable(folder, neededBytes)
  } catch (error) {
    await undo()
    throw error
  }
  const kept = goesOn ? await recordedSteps(join(folder, runFiles.metrics)) : []
  const earlierSeconds = kept.at(-1)?.seconds ?? 0
  let lastStep = kept.at(-1)?.step ?? 0
  const started = Date.now() - earlierSeconds * 1000
  let metrics: LineFile | undefined
  let alignments: TargetImages['alignments'] = {}
  const path = (name: string) => join(folder, name)
  const writeRecord = async (state: string, more: object) =>
    writeFileAtomic(
      path(runFiles.record),
      await recordText(request, started, state, { alignment: recordOf(alignments), ...more }),
    )

  async function begin(): Promise<LineFile> {
    await writeRecord('running', {})
    return openLineFile(
      path(runFiles.metrics),
      kept.map(({ line }) => line),
    )
  }

  return {
    earlierSeconds,
    get begun() {
      return metrics !== undefined
    },
    aligned(found) {
      alignments = found
    },
    async record({ step, terms }) {
      metrics ??= await begin()
      if (step <= lastStep) return
      lastStep = step
      await metrics.append(JSON.stringify({ step, ...terms, seconds: (Date.now() - started) / 1000 }))
    },
    async finish(outcome, targets, video, photograph) {
      metrics ??= await begin()
      await metrics.close()
      const { start, image } = outcome
      const contents: Partial<Record<keyof typeof runFiles, Uint8Array>> = {
        look: await sharpCodec.encodePng(targets.look),
        landmarks: await sharpCodec.encodePng(targets.landmarks),
        start: await sharpCodec.encodePng(start),
        result: photograph?.square ?? (await sharpCodec.encodePng(image)),
        ...(photograph && { drawn: await sharpCodec.encodePng(image) }),
        ...(photograph?.whole && { whole: photograph.whole }),
        latent: npzBytes({ w: outcome.latent }),
        noise: npzBytes(outcome.noise),
        sheet: await sharpCodec.encodePng(await sheetOf(targets, outcome, photograph)),
        ...(video === undefined ? {} : { video }),
      }
      // The results of an earlier run stay until they are replaced; what this one lacks must not be taken for a part of it.
      for (const key of ['video', 'drawn', 'whole'] as const) {
        if (contents[key] === undefined) await removeFile(path(runFiles[key]))
      }
      const files: Record<string, string> = {}
      for (const [key, bytes] of Object.entries(contents)) {
        const name = runFiles[key as keyof typeof runFiles]
        await writeFileAtomic(path(name), bytes)
        files[key] = path(name)
      }
      const { steps, seconds, provider, precision, terms, identity, modelHashes, changes } = outcome
      await writeRecord(outcome.stopped ? 'stopped' : 'done', {
        steps,
        seconds,
        provider,
        precision,
        final: terms,
        ...(identity !== undefined && { identity }),
        ...(photograph && { likeness: photograph.figures }),
        modelHashes,
        ...(changes.length > 0 && { changes }),
      })
      return { ...files, metrics: path(runFiles.metrics), record: path(runFiles.record) }
    },
    async abandon(reason) {
      if (metrics === undefined) return undo()
      await metrics.close().catch(() => undefined)
      await writeRecord('failed', { reason }).catch(() => undefined)
    },
  }
}

interface RecordedStep {
  readonly line: string
  readonly step: number
  readonly seconds: number
}

/** The whole lines of metrics.ndjson; a kill may have cut the last. */
async function recordedSteps(path: string): Promise<readonly RecordedStep[]> {
  const lines = ((await readTextIfAny(path)) ?? '').split('\n')
  const steps = lines.map((line) => {
    const fields = asRecord(parseJson(line))
    const [step, seconds] = [asCount(fields?.step), asAmount(fields?.seconds)]
    return step === undefined || seconds === undefined ? undefined : { line, step, seconds }
  })
  return steps.slice(0, steps.indexOf(undefined)) as RecordedStep[]
}

async function sheetOf(
  targets: TargetImages,
  { start, image }: ProjectOutcome,
  photograph: RunPhotograph | undefined,
): Promise<Image> {
  const given = [
    { label: 'look', image: targets.look },
    { label: 'landmarks', image: targets.landmarks },
  ]
  if (photograph === undefined) {
    return contactSheet([...given, { label: 'start', image: start }, { label: 'result', image }])
  }
  const { square, whole } = photograph
  return contactSheet([
    ...given,
    { label: 'drawn', image },
    { label: 'photograph', image: await sharpCodec.decode(square, runFiles.result) },
    ...(whole === undefined
      ? []
      : [{ label: 'whole', image: squared(await sharpCodec.decode(whole, runFiles.whole, wholePanel)) }]),
  ])
}

/** Of the whole photograph on the contact sheet, in pixels of its longer side. */
const wholePanel = 512

/** The picture in the middle of a square of its longer side. */
function squared(image: Image): Image {
  const side = Math.max(image.width, image.height)
  const square = blankImage(side, side, [24, 24, 27])
  paste(square, image, (side - image.width) >> 1, (side - image.height) >> 1)
  return square
}

async function recordText(
  request: RunRequest,
  started: number,
  state: string,
  more: object,
): Promise<string> {
  const picture = ({ name, bytes }: PictureInput) => ({
    name,
    sha256: sha256(bytes),
  })
  const record = {
    version: recordVersion,
    mien: await programVersion(),
    state,
    started: new Date(started).toISOString(),
    look: picture(request.look),
    landmarks: picture(request.landmarks),
    models: modelNames(request.files),
    settings: request.settings,
    threads: request.threads ?? null,
    ...more,
  }
  return `${JSON.stringify(record, null, 2)}\n`
}

/** How each picture was aligned: 'none', or its box, score, landmarks and quad in pixels of the upright picture. */
function recordOf(alignments: TargetImages['alignments'] = {}): object {
  const { look = 'none', landmarks = 'none' } = alignments
  return { look, landmarks }
}

/** The id of an installed model, or the name of a file. */
function modelNames(files: ModelFiles): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(files).map(([part, list]) => [
      part,
      list.map(({ id, path }) => id ?? basename(path)).join(','),
    ]),
  )
}
