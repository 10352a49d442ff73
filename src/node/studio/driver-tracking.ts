import { randomUUID } from 'node:crypto'
import type { PictureSize } from '../../engine/runtime.ts'
import { type Clip, missingNotice } from '../../shared/clip.ts'
import type { Service } from '../../shared/contract.ts'
import {
  type Driver,
  type DrivingClip,
  largestKeptClip,
  mostDriverFrames,
  mostFramePixels,
} from '../../shared/driver.ts'
import type { Emit } from '../../shared/events.ts'
import { openClip } from '../clips/clip.ts'
import { mebibytes } from '../host/file-faults.ts'
import { openFileSource } from '../host/file-source.ts'
import { requireFile } from '../host/files.ts'
import type { DriverMaker } from './driver-making.ts'
import { type FrameIntake, frameIntake } from './frame-intake.ts'
import { wrongUse } from './wrong-use.ts'

export interface DriverTrackingNeeds {
  readonly maker: DriverMaker
  /** Where an uploaded file lies. */
  readonly uploadPath: (upload: string) => Promise<string>
  readonly releaseUpload: (upload: string) => Promise<void>
  readonly emit: Emit
}

/** A face that is being followed. */
interface Following {
  readonly driver: string
  cancel(): Promise<void>
}

/** The same in frames that the window sends. */
interface SentClip extends Following {
  readonly intake: FrameIntake<Driver>
  readonly clip: DrivingClip
  /** Frames that came, and the time of the last one. */
  count: number
  last: number
}

export interface DriverTracking {
  readonly commands: Pick<
    Service,
    'drivers.faces' | 'drivers.begin' | 'drivers.frame' | 'drivers.end' | 'drivers.cancel' | 'drivers.open'
  >
  /** Gives up all that is being followed. */
  close(): Promise<void>
}

/** Faces are followed in clips, one of a project at a time: the newest. A page that was loaded anew has left the one before. */
export function driverTracking({
  maker,
  uploadPath,
  releaseUpload,
  emit,
}: DriverTrackingNeeds): DriverTracking {
  const followings = new Map<string, Following | SentClip>()
  const closing = new AbortController()

  /** Takes the place of what was followed before. */
  async function follow<F extends Following>(project: string, following: F): Promise<F> {
    const before = followings.get(project)
    followings.set(project, following)
    await before?.cancel()
    return following
  }

  function forget(project: string, { driver }: Following): void {
    if (followings.get(project)?.driver === driver) followings.delete(project)
  }

  function sentClip(project: string, driver: string): SentClip {
    const following = followings.get(project)
    if (following?.driver === driver && 'intake' in following) return following
    throw wrongUse('This clip is not being followed any more.', 'Choose it again.')
  }

  return {
    commands: {
      async 'drivers.faces'({ name, width, height, rgb }) {
        requireSize(name, { width, height }, rgb)
        const faces = await maker.faces(name, { width, height, data: rgb }, closing.signal)
        return faces.map(({ box }) => ({ ...box }))
      },

      async 'drivers.begin'({ project, clip }) {
        const { width, height, upload, name, end, ...facts } = clip
        requireSmall({ width, height })
        const file = upload === undefined ? undefined : await keepable(await uploadPath(upload))
        const driver = randomUUID()
        const intake = frameIntake(async (frames, signal) => {
          try {
            const whole = { ...facts, name, width, height, end, range: facts.range ?? null }
            return await maker.follow({ project, id: driver, name }, whole, frames, signal, file)
          } finally {
            if (upload !== undefined) await releaseUpload(upload)
          }
        })
        const { cancel } = intake
        await follow(project, { driver, intake, clip, cancel, count: 0, last: -1 } satisfies SentClip)
        return { driver }
      },

      async 'drivers.frame'({ project, driver, time, rgb }) {
        const sent = sentClip(project, driver)
        const { width, height, name, end } = sent.clip
        requireSize(name, { width, height }, rgb)
        if (time <= sent.last) throw wrongUse(`The frames of ${name} are not in order.`)
        if (time >= end) throw wrongUse(`A frame of ${name} begins when the clip is over.`)
        if (sent.count === mostDriverFrames) {
          throw wrongUse(
            `${name} has more than ${mostDriverFrames} frames.`,
            'Choose a part of it that is shorter.',
          )
        }
        const wanted = await sent.intake.give({ time, image: { width, height, data: rgb } })
        sent.count++
        sent.last = time
        return { wanted }
      },

      async 'drivers.end'({ project, driver }) {
        const sent = sentClip(project, driver)
        try {
          return await sent.intake.end()
        } finally {
          forget(project, sent)
        }
      },

      async 'drivers.cancel'({ project, driver }) {
        const following = followings.get(project)
        if (following === undefined || (driver !== undefined && driver !== following.driver)) return {}
        await following.cancel()
        forget(project, following)
        return {}
      },

      async 'drivers.open'({ project, upload, name, face = 1 }) {
        const path = await uploadPath(upload)
        const id = randomUUID()
        try {
          if (isArchive(path)) return await maker.take({ project, id, name }, path)
          return await opened(project, id, name, path, face)
        } finally {
          await releaseUpload(upload)
        }
      },
    },

    async close() {
      closing.abort()
      await Promise.all([...followings.values()].map(({ cancel }) => cancel()))
    },
  }

  async function opened(
    project: string,
    id: string,
    name: string,
    path: string,
    face: number,
  ): Promise<Driver> {
    const clip = await openClip(path)
    requireShort(clip)
    const { codec, width, height, rotation, timescale, times, duration, missing } = clip.facts
    const whole = { name, codec, width, height, rotation, timescale, count: times.length, end: duration }
    const file = (await requireFile(path)).size <= largestKeptClip ? path : undefined
    const stop = new AbortController()
    const made = (async () => {
      const named = { project, id, name }
      const choice = { ...whole, missing, face, range: null }
      return maker.follow(named, choice, clip.frames(), stop.signal, file)
    })()
    const following = await follow(project, {
      driver: id,
      async cancel() {
        stop.abort()
        await made.catch(() => undefined)
      },
    })
    try {
      const driver = await made
      const message = missingNotice({ name, facts: clip.facts })
      if (message !== undefined) emit('notice', { message })
      return driver
    } finally {
      forget(project, following)
    }
  }
}

/** The path of a clip that is small enough to be kept. Throws MienError 'wrong-use', 'unreadable-file'. */
async function keepable(path: string): Promise<string> {
  const { size } = await requireFile(path)
  if (size <= largestKeptClip) return path
  throw wrongUse(
    `The clip has ${mebibytes(size)}; at most ${mebibytes(largestKeptClip)} are kept.`,
    'Give it again when a film is exported with its sound.',
  )
}

/** Throws MienError 'wrong-use'. */
function requireSmall({ width, height }: PictureSize): void {
  if (width * height <= mostFramePixels) return
  throw wrongUse(`Frames of ${width} x ${height} pixels are too large.`, 'Send them smaller.')
}

/** Throws MienError 'wrong-use' for a frame that is too large, or not of the size that was said. */
function requireSize(name: string, { width, height }: PictureSize, rgb: Uint8Array): void {
  requireSmall({ width, height })
  if (rgb.length === 3 * width * height) return
  throw wrongUse(
    `A frame of ${name} has ${rgb.length} bytes; ${width} x ${height} pixels have ${3 * width * height}.`,
  )
}

/** Throws MienError 'wrong-use'. */
function requireShort({ name, facts }: Clip): void {
  if (facts.times.length > mostDriverFrames) {
    throw wrongUse(`${name} has more than ${mostDriverFrames} frames.`, 'Cut it to the part that is needed.')
  }
}

/** Whether a file is a zip, as npz files are. */
function isArchive(path: string): boolean {
  const source = openFileSource(path)
  try {
    return source.size >= 4 && Buffer.from(source.read(0, 4)).toString('latin1') === 'PK\x03\x04'
  } finally {
    source.close()
  }
}
