import { join } from 'node:path'
import { contactSheet } from '../../../../engine/picture/contact-sheet.ts'
import { blankImage, paste } from '../../../../engine/picture/drawing.ts'
import type { Image } from '../../../../engine/runtime.ts'
import type { Progress, ProjectOutcome, TargetImages } from '../../../engine/protocol.ts'
import type { TuneOutcome } from '../../../engine/tune-messages.ts'
import { npzBytes } from '../../../host/array-files.ts'
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
import { sharpCodec } from '../../../runtime/sharp-codec.ts'
import type { RecordFile } from '../../record/record-file.ts'
import { runFiles } from '../../record/run-files.ts'
import { movementBytes } from '../tuning/movement-file.ts'
import type { LikenessReport, RunPhotograph } from './likeness.ts'

/** A 1024 generator: three snapshots at a time of 34 MB each, 11 MB of noise, a few pictures. */
const neededBytes = 160 * 2 ** 20

/** What was made beside the search. */
export interface BesideSearch {
  readonly video: Uint8Array | undefined
  readonly photograph: RunPhotograph | undefined
  readonly tuned: TuneOutcome | undefined
}

export interface WrittenResults {
  /** Paths by what the files hold. */
  readonly files: Readonly<Record<string, string>>
  readonly likeness: LikenessReport | undefined
}

/** What comes of a run, in its folder; `finish` or `abandon` ends it. */
export interface RunResults {
  /** Of the attempts before, as far as metrics.ndjson tells. */
  readonly earlierSeconds: number
  /** Whether this attempt has made a step. */
  readonly begun: boolean
  /** Appends to metrics.ndjson. Steps that are made again are passed over. Rejects with MienError 'unwritable'. */
  measure(progress: Progress): Promise<void>
  /** Writes all results, the record last. */
  finish(outcome: ProjectOutcome, targets: TargetImages, beside: BesideSearch): Promise<WrittenResults>
  /** Leaves no trace of a run that never made a step. */
  abandon(): Promise<void>
}

/**
 * Makes the folder of a run and checks that it can take the results; `goesOn` keeps what an attempt before measured. Throws
 * MienError 'unwritable'.
 */
export async function openResults(record: RecordFile, goesOn: boolean): Promise<RunResults> {
  const { folder } = record
  const undo = await makeFolder(folder)
  try {
    await requireWritable(folder, neededBytes)
  } catch (error) {
    await undo()
    throw error
  }
  const path = (name: string) => join(folder, name)
  const kept = goesOn ? await recordedSteps(path(runFiles.metrics)) : []
  const earlierSeconds = kept.at(-1)?.seconds ?? 0
  let lastStep = kept.at(-1)?.step ?? 0
  const started = Date.now() - earlierSeconds * 1000
  let metrics: LineFile | undefined
  const begin = () =>
    openLineFile(
      path(runFiles.metrics),
      kept.map(({ line }) => line),
    )

  return {
    earlierSeconds,
    get begun() {
      return metrics !== undefined
    },
    async measure({ step, terms }) {
      metrics ??= await begin()
      if (step <= lastStep) return
      lastStep = step
      await metrics.append(JSON.stringify({ step, ...terms, seconds: (Date.now() - started) / 1000 }))
    },
    async finish(outcome, targets, { video, photograph, tuned }) {
      metrics ??= await begin()
      await metrics.close()
      const { start, image } = outcome
      const likeness = reportOf(photograph, tuned)
      const contents: Partial<Record<keyof typeof runFiles, Uint8Array>> = {
        look: await sharpCodec.encodePng(targets.look),
        landmarks: await sharpCodec.encodePng(targets.landmarks),
        start: await sharpCodec.encodePng(start),
        result: tuned
          ? await sharpCodec.encodePng(tuned.image)
          : (photograph?.square ?? (await sharpCodec.encodePng(image))),
        ...(photograph && tuned && { photograph: photograph.square }),
        ...(tuned && {
          ...{ generator: tuned.generator, own: npzBytes({ w: tuned.own }) },
          movement: movementBytes(tuned.movement),
        }),
        ...(photograph && { drawn: await sharpCodec.encodePng(image) }),
        ...(photograph?.whole && { whole: photograph.whole }),
        latent: npzBytes({ w: outcome.latent }),
        noise: npzBytes(outcome.noise),
        sheet: await sharpCodec.encodePng(await sheetOf(targets, outcome, photograph, tuned)),
        ...(video === undefined ? {} : { video }),
      }
      // The results of an earlier run stay until they are replaced; what this one lacks must not be taken for a part of it.
      for (const key of ['video', 'drawn', 'whole', 'photograph', 'generator', 'own', 'movement'] as const) {
        if (contents[key] === undefined) await removeFile(path(runFiles[key]))
      }
      const files: Record<string, string> = {}
      for (const [key, bytes] of Object.entries(contents)) {
        const name = runFiles[key as keyof typeof runFiles]
        await writeFileAtomic(path(name), bytes)
        files[key] = path(name)
      }
      const { steps, seconds, provider, precision, terms, identity = null, modelHashes, changes } = outcome
      const mien = await programVersion()
      const { look = 'none', landmarks = 'none' } = targets.alignments ?? {}
      record.change((before) => ({
        ...before,
        ...{ step: steps, device: provider, terms: { ...terms }, identity },
        result: {
          ...{ mien, steps, seconds, precision, modelHashes, alignment: { look, landmarks } },
          ...(likeness && { likeness }),
          ...(changes.length > 0 && { changes }),
        },
      }))
      await record.save()
      return {
        files: { ...files, metrics: path(runFiles.metrics), record: path(runFiles.record) },
        likeness,
      }
    },
    async abandon() {
      if (metrics === undefined) await undo()
      else await metrics.close().catch(() => undefined)
    },
  }
}

function reportOf(
  photograph: RunPhotograph | undefined,
  tuned: TuneOutcome | undefined,
): LikenessReport | undefined {
  if (photograph === undefined || tuned === undefined) return photograph?.figures
  const { figures } = photograph
  return { ...figures, kind: 'tune', ...tuned.figures, seconds: figures.seconds + tuned.seconds }
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
  tuned: TuneOutcome | undefined,
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
    ...(tuned === undefined ? [] : [{ label: 'tuned', image: tuned.image }]),
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
