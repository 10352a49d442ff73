import { join } from 'node:path'
import * as v from 'valibot'
import { landmarkPoints } from '../../../shared/fields.ts'
import type { Preview } from '../../engine/protocol.ts'
import {
  filesInFolder,
  makeFolder,
  readTextIfAny,
  readWholeFile,
  removeFile,
  removeFolder,
  writeFileAtomic,
} from '../../host/files.ts'
import { parseJson } from '../../host/json-fields.ts'
import { encodePicture } from '../../runtime/sharp-codec.ts'
import { type EncodedPreview, liveEncoding } from '../live-picture.ts'
import { overMany } from './keyframes.ts'

/** Pictures that are kept of the way of a search; more would not be told apart in a scrubber. */
const mostPictures = 200

/** Sides in pixels; enough for films, whose panels have no more. */
const largestSide = 512

const largestFile = 16 * 2 ** 20

/** The pictures of the way of a run, in a folder below its own: `<step>.jpg`, and its landmarks in `<step>.json`. */
export interface RunHistory {
  /** Keeps the picture if enough steps lie between it and the one before, or it is the last. Throws 'unwritable'. */
  offer(encoded: EncodedPreview, preview: Preview, isLast?: boolean): Promise<void>
}

/** @param isAnew whether the pictures that are there are of an earlier run, and go with the first one */
export async function openHistory(
  runFolder: string,
  { most = mostPictures, isAnew = false } = {},
): Promise<RunHistory> {
  const folder = folderOf(runFolder)
  let steps = isAnew ? [] : await momentsOf(runFolder)
  return {
    async offer({ step, image, points }, preview, isLast = false) {
      if (step < (steps.at(-1) ?? 0) + (isLast ? 0 : strideAt(step, most))) return
      // With its first picture: a run that is refused before leaves no trace.
      if (steps.length === 0) {
        await removeFolder(folder)
        await makeFolder(folder)
      }
      const isSmall = preview.image.width <= largestSide
      const picture = isSmall ? image : await encodePicture(preview.image, liveEncoding, largestSide)
      await writeMoment(folder, { step, image: picture, points })
      const all = [...steps.filter((kept) => kept < step), step]
      const dropped = overMany(all, most)
      steps = all.filter((kept) => !dropped.includes(kept))
      for (const surplus of dropped) {
        await removeFile(picturePath(folder, surplus))
        await removeFile(pointsPath(folder, surplus))
      }
    },
  }
}

/** So that the pictures of a run of any length are spread over it evenly. */
function strideAt(step: number, most: number): number {
  return Math.max(1, Math.ceil(step / most))
}

/** The steps of which there is a picture, ascending. */
export async function momentsOf(runFolder: string): Promise<readonly number[]> {
  const steps = (await filesInFolder(folderOf(runFolder))).flatMap((name) =>
    /^\d{1,9}\.jpg$/.test(name) ? [Number.parseInt(name, 10)] : [],
  )
  return steps.sort((a, b) => a - b)
}

/** The picture of that step, or the nearest one; undefined where there is none. */
export async function readMoment(runFolder: string, step: number): Promise<EncodedPreview | undefined> {
  const distance = (moment: number) => Math.abs(moment - step)
  const [nearest] = [...(await momentsOf(runFolder))].sort((a, b) => distance(a) - distance(b))
  if (nearest === undefined) return undefined
  const folder = folderOf(runFolder)
  const image = await readWholeFile(picturePath(folder, nearest), largestFile)
  const points = v.safeParse(
    landmarkPoints,
    parseJson((await readTextIfAny(pointsPath(folder, nearest))) ?? ''),
  )
  return { step: nearest, image: new Uint8Array(image), points: points.success ? points.output : null }
}

/**
 * Gives a branch the picture of the step that it begins from, or the nearest one, as that of its step `as`. Throws MienError
 * 'unwritable'.
 */
export async function copyMoment(
  from: string,
  to: string,
  step: number,
  as = step,
): Promise<EncodedPreview | undefined> {
  const moment = await readMoment(from, step)
  if (moment === undefined) return undefined
  await makeFolder(folderOf(to))
  await writeMoment(folderOf(to), { ...moment, step: as })
  return moment
}

async function writeMoment(folder: string, { step, image, points }: EncodedPreview): Promise<void> {
  if (points !== null) await writeFileAtomic(pointsPath(folder, step), JSON.stringify(points))
  await writeFileAtomic(picturePath(folder, step), image)
}

function folderOf(runFolder: string): string {
  return join(runFolder, 'history')
}

function picturePath(folder: string, step: number): string {
  return join(folder, `${step}.jpg`)
}

function pointsPath(folder: string, step: number): string {
  return join(folder, `${step}.json`)
}
