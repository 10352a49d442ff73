import { extname, join } from 'node:path'
import { type ClipFrame, missingNotice } from '../../../../shared/clip.ts'
import { openClip } from '../../../clips/clip.ts'
import { type Driver, importMotion, openDriver } from '../../../drivers/driver.ts'
import { driverFiles } from '../../../drivers/driver-files.ts'
import { makeDriver } from '../../../drivers/driver-making.ts'
import { readMotion } from '../../../drivers/motion-file.ts'
import type { EngineClient } from '../../../engine/client.ts'
import { withEngineUntil } from '../../../engine/engine-until.ts'
import type { JobEvents } from '../../../engine/protocol.ts'
import { exists, isFolder, makeFolder, removeFolder } from '../../../host/files.ts'
import { piecesOfFile, sha256OfFile } from '../../../host/partial-file.ts'
import { receiveFile } from '../../../host/received-file.ts'
import { loadShapeModel } from '../../../models/shape-model.ts'
import { framesInRange } from './film-range.ts'
import type { KeptFilm } from './kept-film.ts'

/**
 * Refuses frames of a clip before a face is followed in them.
 *
 * @param clip when each begins and the last one ends, in ticks; and ticks a second
 * @param range from the first to before the second
 */
export type RequireFrames = (
  clip: { readonly timescale: number; readonly times: readonly number[]; readonly end: number },
  range: readonly [from: number, to: number],
) => Promise<void>

/** Of a run. */
export const driverFolder = 'driver'

/**
 * What drives the film of a run, from its folder, or made there of what the user named. Rejects with MienError: what is wrong with that, or
 * with its frames; 'wrong-use' for a range that holds none of them, 'stopped' where the signal came.
 *
 * @param engine starts one, for clips
 */
export async function driverOf(
  engine: () => EngineClient,
  { path, face, range }: KeptFilm['driver'],
  runFolder: string,
  events: Pick<JobEvents, 'stage' | 'portion' | 'notice'>,
  signal: AbortSignal,
  requireFrames: RequireFrames,
): Promise<Driver> {
  const folder = join(runFolder, driverFolder)
  if (await exists(join(folder, driverFiles.facts))) return openDriver(folder)
  await removeFolder(folder)
  if (await exists(join(path, driverFiles.facts))) return copiedDriver(path, folder, signal)
  if (extname(path).toLowerCase() === '.npz') return importMotion(path, folder)
  const { clip, from, to } = await openedClip(path, range)
  const { name, facts } = clip
  const { timescale, times, duration, codec, rotation, missing, width, height } = facts
  const notice = missingNotice(clip)
  await requireFrames({ timescale, times, end: duration }, [from, to])
  if (notice !== undefined) events.notice?.(notice)
  return withEngineUntil(signal, engine, async (own) => {
    const driving = {
      ...{ name, width, height, timescale, codec, rotation, missing, face, range },
      sha256: (await isFolder(path)) ? null : await sha256OfFile(path, signal),
      count: to - from,
      end: times[to] ?? duration,
    }
    return makeDriver(own, until(clip.frames(from, to), signal), driving, folder, events).outcome
  })
}

/** Rejects as `driverOf` does where that needs no more than what the driver says of itself, and one frame of a clip. */
export async function requireDriver({ path, range }: Omit<KeptFilm['driver'], 'face'>): Promise<void> {
  if (await exists(join(path, driverFiles.facts))) return
  if (extname(path).toLowerCase() === '.npz') {
    await readMotion(path, await loadShapeModel())
    return
  }
  const { clip, from } = await openedClip(path, range)
  for await (const _ of clip.frames(from, from + 1)) return
}

/** A clip, and the frames of its range. */
async function openedClip(path: string, range: KeptFilm['driver']['range']) {
  const clip = await openClip(path)
  const { name, facts } = clip
  const { timescale, times, duration } = facts
  const [from, to] = framesInRange({ name, times, end: duration, timescale }, range)
  return { clip, from, to }
}

/** The same frames, which end early at the signal. */
async function* until(frames: AsyncIterable<ClipFrame>, signal: AbortSignal): AsyncGenerator<ClipFrame> {
  for await (const frame of frames) {
    if (signal.aborted) return
    yield frame
  }
}

async function copiedDriver(from: string, folder: string, signal: AbortSignal): Promise<Driver> {
  await makeFolder(folder)
  const { facts, ...others } = driverFiles
  // The facts last: without them the folder is no driver.
  for (const name of [...Object.values(others), facts]) {
    const path = join(from, name)
    if (!(await exists(path))) continue
    await receiveFile(join(folder, name), piecesOfFile(path, signal), Number.POSITIVE_INFINITY)
  }
  return openDriver(folder)
}
