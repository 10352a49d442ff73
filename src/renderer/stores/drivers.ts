import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { Image } from '../../engine/runtime.ts'
import { missingNotice } from '../../shared/clip.ts'
import type { Driver, TemplateName } from '../../shared/driver.ts'
import { largestKeptClip, mostFramePixels } from '../../shared/driver.ts'
import type { FaceBox } from '../../shared/project.ts'
import { isVideo } from '../clips/clip-files.ts'
import type { OpenedVideo } from '../clips/opened-video.ts'
import { failureOf, useAsk, useClient, useSave } from './client.ts'
import { keepReading, leftReading } from './kept-reading.ts'
import { useNotices } from './notices.ts'
import { useProject } from './project.ts'

/** A clip in which a face is being followed. */
export interface Reading {
  readonly project: string
  readonly name: string
  /** 0..1; null until it is known. */
  readonly done: number | null
  readonly secondsLeft: number | null
}

/** A clip that shows several faces, of which one is to be chosen. */
export interface FaceQuestion {
  readonly project: string
  readonly name: string
  /** A frame of it, encoded, and the size in whose pixels the boxes are. */
  readonly image: Uint8Array
  readonly width: number
  readonly height: number
  /** The largest first. */
  readonly faces: readonly { readonly box: FaceBox }[]
  readonly answer: (face: number) => void
}

interface Job {
  readonly project: string
  readonly stop: AbortController
  /** Settles once nothing of it is under way. */
  over: Promise<boolean>
}

/** What films move by: clips in which a face is followed, motions that were saved, and those that come with Mien. */
export const useDrivers = defineStore('drivers', () => {
  const client = useClient()
  const ask = useAsk()
  const save = useSave()
  const notices = useNotices()
  const project = useProject()

  const underWay = shallowRef<Reading | null>(null)
  /** The clip that is being read for the open project. */
  const reading = computed(() => (underWay.value?.project === project.id ? underWay.value : null))
  const asked = shallowRef<FaceQuestion | null>(null)
  /** What is asked about the clip of the open project. */
  const question = computed(() => (asked.value?.project === project.id ? asked.value : null))
  /** The driver that was given last, until the film that it drives begins to play. */
  const fresh = ref<string | null>(null)
  /** Clips that were too large to be kept, as long as the window is there: their sound is taken from them. */
  const clips = new Map<string, File>()
  let job: Job | null = null
  const left = shallowRef(leftReading())
  /** The clip of the open project whose reading was cut short when the page was left. */
  const cut = computed(() => (left.value?.project === project.id ? left.value : null))

  /**
   * Takes a video, a GIF, an animated WebP or a saved motion as the driver of a project, the open one if none is said; one that
   * is still being read is given up for it. Where it shows several faces the user is asked which one is followed. False where it did not become the driver; the reason was
   * shown.
   */
  async function add(file: File, of = project.id): Promise<boolean> {
    if (of === null) return false
    const before = stop()
    const mine: Job = { project: of, stop: new AbortController(), over: Promise.resolve(false) }
    job = mine
    left.value = null
    keepReading({ project: of, name: file.name })
    underWay.value = { project: of, name: file.name, done: null, secondsLeft: null }
    mine.over = before.then(() => read(mine, file))
    return mine.over
  }

  async function take(driver: Driver, of: string): Promise<void> {
    fresh.value = driver.id
    await project.drive(driver, of)
  }

  async function read(mine: Job, file: File): Promise<boolean> {
    // As the service is for a page that is being left.
    let isLost = false
    try {
      if (mine.stop.signal.aborted) return false
      const driver = isVideo(file) ? await followed(mine, file) : await opened(mine, file)
      if (driver === undefined || mine.stop.signal.aborted) return false
      if (file.size > largestKeptClip) clips.set(driver.id, file)
      await take(driver, mine.project)
      return true
    } catch (error) {
      const failure = failureOf(error)
      isLost = failure.code === 'lost'
      if (failure.code !== 'stopped' && !mine.stop.signal.aborted) notices.fail(failure)
      return false
    } finally {
      if (job === mine) {
        job = null
        underWay.value = null
        if (!isLost) keepReading(null)
      }
    }
  }

  /** By the browser's decoders, frame by frame; by the service's where the browser has none for it. */
  async function followed(mine: Job, file: File): Promise<Driver | undefined> {
    const { openVideo } = await import('../clips/opened-video.ts')
    const video = await openVideo(file)
    if (video === undefined) return opened(mine, file)
    const { facts, width, height } = video
    const missing = missingNotice({ name: file.name, facts })
    if (missing !== undefined) notices.pass(missing)
    const face = await chosenFace(mine, file.name, glances(video))
    if (face === undefined) return undefined
    const upload = file.size <= largestKeptClip ? { upload: await client.upload(file) } : {}
    const { codec, rotation, timescale } = facts
    const count = facts.times.length
    const of = { project: mine.project }
    const { driver } = await client.call('drivers.begin', {
      ...of,
      clip: {
        ...{ name: file.name.slice(0, 120), codec, width, height, rotation, timescale, count },
        ...{ end: facts.duration, missing: facts.missing, face, ...upload },
      },
    })
    keepReading({ ...of, name: file.name, driver })
    try {
      await sendFrames(mine, { ...of, driver }, video.frames(), count)
      if (!mine.stop.signal.aborted) return await client.call('drivers.end', { ...of, driver })
    } catch (error) {
      await client.call('drivers.cancel', { ...of, driver }).catch(() => undefined)
      throw error
    }
    await ask('drivers.cancel', { ...of, driver })
    return undefined
  }

  /** The next frame is decoded while one is on its way. */
  async function sendFrames(
    { stop, project: of }: Job,
    place: { readonly project: string; readonly driver: string },
    frames: AsyncIterable<{ readonly time: number; readonly image: { readonly data: Uint8Array } }>,
    count: number,
  ): Promise<void> {
    const began = performance.now()
    let sent: Promise<{ readonly wanted: boolean }> = Promise.resolve({ wanted: true })
    let number = 0
    for await (const { time, image } of frames) {
      if (!(await sent).wanted || stop.signal.aborted) return
      sent = client.call('drivers.frame', { ...place, time, rgb: image.data })
      // It is awaited above, unless the decoder fails first.
      sent.catch(() => undefined)
      const each = (performance.now() - began) / 1000 / ++number
      if (underWay.value?.project !== of || stop.signal.aborted) continue
      const secondsLeft = number < 10 ? null : each * (count - number)
      underWay.value = { ...underWay.value, done: number / count, secondsLeft }
    }
    await sent
  }

  /** Whatever the service reads itself: motions, moving pictures, and videos that the browser does not decode. */
  async function opened(mine: Job, file: File): Promise<Driver | undefined> {
    const { firstPicture } = await import('../clips/first-frame.ts')
    const first = isVideo(file) ? undefined : await firstPicture(file)
    const face = await chosenFace(mine, file.name, first === undefined ? [] : [first])
    if (face === undefined) return undefined
    const upload = await client.upload(file)
    if (mine.stop.signal.aborted) return undefined
    const cancel = () => void client.call('drivers.cancel', { project: mine.project }).catch(() => undefined)
    mine.stop.signal.addEventListener('abort', cancel)
    try {
      return await client.call('drivers.open', {
        ...{ project: mine.project, upload, face },
        name: file.name.slice(0, 120),
      })
    } finally {
      mine.stop.signal.removeEventListener('abort', cancel)
    }
  }

  /**
   * The number of the face that is followed: where the first of the pictures that shows any shows several the user says which. Undefined
   * where it was given up.
   */
  async function chosenFace(
    mine: Job,
    name: string,
    pictures: AsyncIterable<Image> | Iterable<Image>,
  ): Promise<number | undefined> {
    for await (const image of pictures) {
      const { width, height, data } = image
      if (width * height > mostFramePixels) break
      const boxes = await client.call('drivers.faces', { name: name.slice(0, 120), width, height, rgb: data })
      if (mine.stop.signal.aborted) return undefined
      if (boxes.length > 1) return answerFor(mine, name, image, boxes)
      if (boxes.length === 1) break
    }
    return mine.stop.signal.aborted ? undefined : 1
  }

  /** The number of the face that the user chooses. Undefined where it was given up. */
  async function answerFor(
    { project: of, stop }: Job,
    name: string,
    image: Image,
    boxes: readonly FaceBox[],
  ): Promise<number | undefined> {
    const { jpegOf } = await import('../clips/first-frame.ts')
    const faces = boxes.map((box) => ({ box }))
    const { width, height } = image
    const about = { project: of, name, width, height, faces, image: await jpegOf(image) }
    const answered = new Promise<number | undefined>((resolve) => {
      asked.value = { ...about, answer: resolve }
      stop.signal.addEventListener('abort', () => resolve(undefined))
      if (stop.signal.aborted) resolve(undefined)
    })
    return answered.finally(() => {
      asked.value = null
    })
  }

  /** Gives up the clip that is being read; settles once it is. */
  async function stop(): Promise<void> {
    const running = job
    if (running === null) return
    running.stop.abort()
    underWay.value = null
    await running.over
  }

  /** Gives up what the service still waits for of a clip whose reading was cut short. */
  async function forgetCut(): Promise<void> {
    if (left.value === null) return
    const { project: of, driver } = left.value
    left.value = null
    keepReading(null)
    if (driver !== undefined)
      await client.call('drivers.cancel', { project: of, driver }).catch(() => undefined)
  }

  /** Takes one of the motions that come with Mien. */
  async function useTemplate(template: TemplateName): Promise<void> {
    const of = project.id
    if (of === null) return
    await stop()
    const driver = await ask('drivers.template', { project: of, template })
    if (driver !== undefined) await take(driver, of)
  }

  /** The clip of a driver, where the project or this window has kept it; undefined where neither has. */
  async function clipOf({ id, clip }: Driver): Promise<Blob | undefined> {
    const given = clips.get(id)
    if (given !== undefined || !clip?.kept || project.id === null) return given
    const kept = await ask('drivers.clip', { project: project.id, driver: id })
    if (!kept) return undefined
    return new Blob([kept.bytes as Uint8Array<ArrayBuffer>], { type: kept.type })
  }

  /** Saves the motion of a driver where the user wants it. */
  async function saveMotion(driver: string): Promise<void> {
    if (project.id === null) return
    const file = await ask('drivers.motion', { project: project.id, driver })
    if (file !== undefined) await save(file)
  }

  client.on('driver.progress', ({ project: of, done }) => {
    if (underWay.value?.project === of) underWay.value = { ...underWay.value, done }
  })

  return { reading, question, cut, fresh, clips, add, stop, forgetCut, useTemplate, clipOf, saveMotion }
})

/** Where in a clip faces are looked for until one is seen, in parts of its frames: some begin dark, or in an empty room. */
const moments = [0, 0.25, 0.5]

async function* glances({ facts, frames }: OpenedVideo): AsyncGenerator<Image> {
  for (const moment of moments) {
    for await (const { image } of frames(Math.floor(moment * facts.times.length))) {
      yield image
      break
    }
  }
}
