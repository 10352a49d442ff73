import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { pointsInQuad } from '../../engine/face/quad.ts'
import { filmTargets, usualFilm } from '../../engine/motion/film-targets.ts'
import { facing } from '../../engine/motion/rotation.ts'
import { seenLandmarks } from '../../engine/motion/seen-landmarks.ts'
import { cutFrames, lostFrames } from '../../engine/track/lost-frames.ts'
import { trackQuads } from '../../engine/track/track-quads.ts'
import type { Service } from '../../shared/contract.ts'
import { largestKeptClip, type TemplateName, templates } from '../../shared/driver.ts'
import type { Emit } from '../../shared/events.ts'
import type { Project } from '../../shared/project.ts'
import { withoutDriver } from '../../shared/setup.ts'
import type { Driver as OpenedDriver } from '../drivers/driver.ts'
import { driverFiles } from '../drivers/driver-files.ts'
import { lastFrameEnd } from '../drivers/frame-ends.ts'
import { readMotion } from '../drivers/motion-file.ts'
import { readWholeFile, removeFolder, renameFolder, statusOf, temporaryName } from '../host/files.ts'
import { packFolder } from '../host/folders.ts'
import { loadShapeModel } from '../models/shape-model.ts'
import { keptClip, plainName } from '../projects/project-paths.ts'
import type { ProjectStore } from '../projects/project-store.ts'
import type { DriverMaker } from './driver-making.ts'
import { type DriverOpener, driverIn } from './project-drivers.ts'

export interface DriverCommandNeeds {
  readonly projects: Pick<ProjectStore, 'read' | 'change' | 'driverFolder'>
  readonly maker: DriverMaker
  readonly opener: DriverOpener
  readonly emit: Emit
}

type DriverCommand =
  | 'templates'
  | 'template'
  | 'rename'
  | 'remove'
  | 'timeline'
  | 'square'
  | 'clip'
  | 'motion'

/** Far more than the motion of an hour has, in bytes. */
const largestMotion = 256 * 2 ** 20

/** The drivers of a project. */
export function driverCommands({
  projects,
  maker,
  opener,
  emit,
}: DriverCommandNeeds): Pick<Service, `drivers.${DriverCommand}`> {
  async function change(project: string, edit: (project: Project) => Project): Promise<Project> {
    const changed = await projects.change(project, edit)
    emit('projects', { projects: [project] })
    return changed
  }

  return {
    async 'drivers.templates'() {
      const shapes = await loadShapeModel()
      return Promise.all(
        templates.map(async (template) => {
          const motion = await readMotion(templatePath(template), shapes)
          return { template, seconds: (lastFrameEnd(motion) - motion.times[0]!) / motion.timescale }
        }),
      )
    },

    async 'drivers.template'({ project, template }) {
      const { drivers } = await projects.read(project)
      const known = drivers.find((driver) => driver.template === template)
      const named = { project, id: randomUUID(), name: titles[template], template }
      return known ?? maker.take(named, templatePath(template))
    },

    'drivers.rename': ({ project, driver: id, name }) =>
      change(project, (before) => {
        driverIn(before, id)
        const drivers = before.drivers.map((driver) => (driver.id === id ? { ...driver, name } : driver))
        return { ...before, drivers }
      }),

    async 'drivers.remove'({ project, driver: id }) {
      const folder = await projects.driverFolder(project, id)
      const changed = await change(project, (before) => {
        driverIn(before, id)
        const drivers = before.drivers.filter((driver) => driver.id !== id)
        return { ...before, drivers, setup: withoutDriver(before.setup, id) }
      })
      await removeAside(folder)
      return changed
    },

    async 'drivers.timeline'({ project, driver: id }) {
      const driver = await opener.open(await projects.read(project), id)
      const { facts, track, motion } = driver
      return {
        timescale: facts.timescale,
        times: [...motion.times],
        end: facts.end,
        lost: track === undefined ? [] : [...lostFrames(track)],
        cuts: track === undefined ? [] : [...cutFrames(track)],
        segments: [...motion.segments],
        points: float32Bytes(await ownPoints(driver)),
      }
    },

    async 'drivers.square'({ project, driver: id, frame }) {
      const before = await projects.read(project)
      if (!driverIn(before, id).squares) return { image: null }
      const driver = await opener.open(before, id)
      if (frame >= driver.facts.frames) return { image: null }
      return { image: (await driver.square(frame))?.bytes ?? null }
    },

    async 'drivers.clip'({ project, driver: id }) {
      const { clip, name } = driverIn(await projects.read(project), id)
      if (!clip?.kept) return null
      const path = join(await projects.driverFolder(project, id), keptClip)
      const bytes = await readWholeFile(path, largestKeptClip)
      return { name, type: mediaTypeOf(bytes), bytes }
    },

    async 'drivers.motion'({ project, driver: id }) {
      const { name } = driverIn(await projects.read(project), id)
      const path = join(await projects.driverFolder(project, id), driverFiles.motion)
      const title = plainName(name.replace(/\.[^.]*$/, ''), 'Motion')
      const bytes = await readWholeFile(path, largestMotion)
      return { name: `${title} - motion.npz`, type: 'application/octet-stream', bytes }
    },
  }
}

/** Removes a folder, if it is there: out of sight first, so that no half of it is ever found. */
async function removeAside(folder: string): Promise<void> {
  if ((await statusOf(folder)) === undefined) return
  const removed = temporaryName(folder)
  await renameFolder(folder, removed)
  await removeFolder(removed)
}

/** What a project calls them until somebody gives them another name; a window says it in its own language. */
const titles: Readonly<Record<TemplateName, string>> = {
  smile: 'Smile',
  wink: 'Wink and laugh',
  speaking: 'Speaking',
}

function templatePath(template: TemplateName): string {
  return join(packFolder(), 'motions', `${template}.npz`)
}

/** By which a window knows how to play a clip: by its first bytes, since its name may say anything. */
function mediaTypeOf(clip: Uint8Array): string {
  const head = Buffer.from(clip.subarray(0, 12)).toString('latin1')
  if (head.startsWith('GIF8')) return 'image/gif'
  if (head.startsWith('RIFF') && head.endsWith('WEBP')) return 'image/webp'
  if (head.startsWith('\x1aE\xdf\xa3')) return 'video/webm'
  return head.slice(4, 8) === 'ftyp' ? 'video/mp4' : 'application/octet-stream'
}

/** The driver's own landmarks in its square: 68 x (x, y), fractions of its side. */
async function ownPoints({ track, motion }: OpenedDriver): Promise<readonly Float32Array[]> {
  if (track !== undefined) {
    const quads = trackQuads(track)
    return track.frames.map(({ points }, i) => pointsInQuad(points, quads[i]!))
  }
  const model = await loadShapeModel()
  // In place of a look any will do: what it gets are the driver's landmarks themselves.
  const anybody = seenLandmarks(model.mean, facing)
  return filmTargets(model, anybody, motion, { ...usualFilm, mode: 'absolute', smoothing: 1 })
}

/** Rows of numbers, one behind the other. */
export function float32Bytes(rows: readonly ArrayLike<number>[]): Uint8Array {
  const width = rows[0]?.length ?? 0
  const bytes = new Uint8Array(4 * width * rows.length)
  const view = new DataView(bytes.buffer)
  rows.forEach((row, i) => {
    for (let k = 0; k < width; k++) view.setFloat32(4 * (i * width + k), row[k]!, true)
  })
  return bytes
}
