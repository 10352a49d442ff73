import { MienError } from '../../engine/errors.ts'
import { boundedCache } from '../../shared/bounded-cache.ts'
import type { Driver } from '../../shared/driver.ts'
import { mostDrivers, type Project } from '../../shared/project.ts'
import { type Driver as OpenedDriver, openDriver } from '../drivers/driver.ts'
import type { ProjectStore } from '../projects/project-store.ts'
import { wrongUse } from './wrong-use.ts'

/** Drivers of projects, opened. */
export interface DriverOpener {
  /** Throws MienError 'wrong-use' for one that the project does not have, 'unreadable-file', 'bad-file', 'mismatch'. */
  open(project: Project, driver: string): Promise<OpenedDriver>
}

/** About as much as a frame of an opened driver takes, in bytes. */
const frameBytes = 4096
/** Of an hour at 60 frames a second in any case, since the newest is always kept. */
const keptBytes = 128 * 2 ** 20

/** The last ones stay opened: what lies in the folder of a driver never changes. */
export function driverOpener(projects: Pick<ProjectStore, 'driverFolder'>): DriverOpener {
  const opened = boundedCache<OpenedDriver>(keptBytes, ({ facts }) => facts.frames * frameBytes)
  return {
    async open(project, id) {
      driverIn(project, id)
      const folder = await projects.driverFolder(project.id, id)
      const kept = opened.get(folder)
      if (kept !== undefined) return kept
      const driver = await openDriver(folder)
      opened.set(folder, driver)
      return driver
    },
  }
}

/** Throws MienError 'wrong-use'. */
export function driverIn({ name, drivers }: Project, id: string): Driver {
  const driver = drivers.find((one) => one.id === id)
  if (driver !== undefined) return driver
  throw new MienError('wrong-use', `The driver is not in the project "${name}" any more.`, {
    name: id,
    hint: 'Add its clip again.',
  })
}

/** What the project says of a driver. */
export function driverRecord(
  { facts, motion }: OpenedDriver,
  named: Pick<Driver, 'id' | 'name' | 'template'>,
  kept: boolean,
): Driver {
  const { frames, timescale, end, clip } = facts
  return {
    ...named,
    frames,
    seconds: (end - motion.times[0]!) / timescale,
    squares: clip !== null,
    clip: clip && {
      codec: clip.codec,
      width: clip.width,
      height: clip.height,
      missing: clip.missing / timescale,
      kept,
    },
  }
}

/** Throws MienError 'wrong-use' for a project that has no room for another driver. */
export function requireRoomForDriver({ drivers }: Project): void {
  if (drivers.length < mostDrivers) return
  throw wrongUse(
    `A project holds at most ${mostDrivers} drivers.`,
    'Remove one first, or start another project.',
  )
}
