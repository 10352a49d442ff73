import { join } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import type { Face } from '../../engine/face/face.ts'
import type { Image } from '../../engine/runtime.ts'
import type { TimedImage } from '../../engine/track/face-tracker.ts'
import type { Driver } from '../../shared/driver.ts'
import type { Emit } from '../../shared/events.ts'
import { importMotion, type Driver as OpenedDriver } from '../drivers/driver.ts'
import { type DrivingClip, makeDriver } from '../drivers/driver-making.ts'
import type { EngineClient } from '../engine/client.ts'
import { withEngineUntil } from '../engine/engine-until.ts'
import { startFedJob } from '../engine/fed-job.ts'
import { copyWholeFile, makeFolder, removeFolder, renameFolder, temporaryName } from '../host/files.ts'
import { sha256OfFile } from '../host/partial-file.ts'
import { keptClip } from '../projects/project-paths.ts'
import type { ProjectStore } from '../projects/project-store.ts'
import { driverRecord, requireRoomForDriver } from './project-drivers.ts'

/** Hashing a clip that is kept takes no time in which to give it up. */
const neverAborted = new AbortController().signal

export interface DriverMakerNeeds {
  readonly projects: Pick<ProjectStore, 'owned' | 'read' | 'change' | 'driverFolder'>
  /** A process of its own for each clip: a face is followed for minutes, and nothing else is to wait for it. */
  readonly startEngine: () => EngineClient
  readonly emit: Emit
}

/** What a driver is called, and where it is to be. */
export interface NewDriver extends Pick<Driver, 'id' | 'name' | 'template'> {
  readonly project: string
}

/** Makes drivers of projects. Where it rejects, nothing of them stays. */
export interface DriverMaker {
  /** The faces of a frame of a clip, in the order in which `follow` numbers them; none where it shows none. */
  faces(name: string, image: Image, signal: AbortSignal): Promise<readonly Face[]>
  /**
   * Follows a face through the frames of a clip. Rejects as `makeDriver` does, and soon after the signal was aborted.
   *
   * @param file the clip's, to be kept with the driver; at most `largestKeptClip`
   */
  follow(
    driver: NewDriver,
    clip: Omit<DrivingClip, 'sha256'>,
    frames: AsyncIterable<TimedImage>,
    signal: AbortSignal,
    file?: string,
  ): Promise<Driver>
  /** Takes a motion that was saved. Rejects as `importMotion` does. */
  take(driver: NewDriver, path: string): Promise<Driver>
}

export function driverMaker({ projects, startEngine, emit }: DriverMakerNeeds): DriverMaker {
  /** Builds the folder of a driver aside, so that a half-made one is never seen, and lists it. */
  function build(
    { project: id, ...named }: NewDriver,
    isKept: boolean,
    fill: (folder: string) => Promise<OpenedDriver>,
  ): Promise<Driver> {
    return projects.owned(id, async () => {
      requireRoomForDriver(await projects.read(id))
      const place = await projects.driverFolder(id, named.id)
      const building = temporaryName(place)
      try {
        const driver = driverRecord(await fill(building), named, isKept)
        await renameFolder(building, place)
        await projects.change(id, (before) => {
          requireRoomForDriver(before)
          return { ...before, drivers: [...before.drivers, driver] }
        })
        emit('projects', { projects: [id] })
        return driver
      } catch (error) {
        for (const folder of [building, place]) await removeFolder(folder)
        throw error
      }
    })
  }

  async function followed(
    project: string,
    clip: DrivingClip,
    frames: AsyncIterable<TimedImage>,
    signal: AbortSignal,
    folder: string,
  ): Promise<OpenedDriver> {
    const portion = (done: number) => emit('driver.progress', { project, done })
    const driver = await withEngineUntil(
      signal,
      startEngine,
      (engine) => makeDriver(engine, frames, clip, folder, { portion }).outcome,
    )
    if (signal.aborted) throw new MienError('stopped', 'It was given up.')
    return driver
  }

  return {
    async faces(name, image, signal) {
      const { width, height } = image
      const still = { name, width, height, timescale: 1, count: 1, number: 1 }
      const looked = withEngineUntil(
        signal,
        startEngine,
        (engine) => startFedJob(engine, 'track', still, once({ time: 0, image })).outcome,
      )
      try {
        return (await looked).keyFrames[0]?.faces ?? []
      } catch (error) {
        if (error instanceof MienError && error.code === 'bad-image') return []
        throw error
      }
    },

    follow: (driver, clip, frames, signal, file) =>
      build(driver, file !== undefined, async (folder) => {
        await makeFolder(folder)
        if (file !== undefined) await copyWholeFile(file, join(folder, keptClip))
        const hash = file === undefined ? null : await sha256OfFile(file, neverAborted)
        return followed(driver.project, { ...clip, sha256: hash }, frames, signal, folder)
      }),

    take: (driver, path) => build(driver, false, (folder) => importMotion(path, folder)),
  }
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value
}
