import { MienError } from '../../engine/errors.ts'
import type { TimedImage } from '../../engine/track/face-tracker.ts'
import { handover } from '../host/handover.ts'
import { wrongUse } from './wrong-use.ts'

/** Frames that somebody sends one by one, and what is being made of them. */
export interface FrameIntake<T> {
  /**
   * Resolves once the frame was taken, with whether another one is wanted: nothing is kept between who sends and who takes.
   * Rejects with what ended the making, and with MienError 'wrong-use' for a second frame before the first was taken.
   */
  give(frame: TimedImage): Promise<boolean>
  /** After the last frame: what was made. */
  end(): Promise<T>
  /** Gives it up; resolves once nothing of it is left. */
  cancel(): Promise<void>
}

/** Milliseconds after which who sends nothing is taken for gone. */
const patience = 60_000

/**
 * Begins to make something of frames that are still to come.
 *
 * @param make is to leave nothing behind where it rejects, as it must soon once the signal is aborted
 */
export function frameIntake<T>(
  make: (frames: AsyncIterable<TimedImage>, signal: AbortSignal) => Promise<T>,
  patient: number = patience,
): FrameIntake<T> {
  const hands = handover<TimedImage>()
  const givenUp = new AbortController()
  let offered: { resolve(wanted: boolean): void; reject(error: unknown): void } | undefined
  let isOver = false
  let waits: NodeJS.Timeout | undefined

  const made = make(framesOf(hands.take), givenUp.signal)
  const over = (settle: () => void) => {
    isOver = true
    clearTimeout(waits)
    settle()
  }
  made.then(
    () => over(() => offered?.resolve(false)),
    (error: unknown) => over(() => offered?.reject(error)),
  )

  async function giveUp(message: string): Promise<void> {
    hands.end(new MienError('stopped', message))
    givenUp.abort()
    await made.catch(() => undefined)
  }

  function listen(): void {
    clearTimeout(waits)
    if (!isOver) waits = setTimeout(() => void giveUp('No frames came any more.'), patient).unref()
  }
  listen()

  return {
    async give(frame) {
      if (isOver) return made.then(() => false)
      if (offered !== undefined) throw wrongUse('The frame before was not taken yet.')
      clearTimeout(waits)
      try {
        return await new Promise((resolve, reject) => {
          offered = { resolve, reject }
          void hands.give(frame).then(() => resolve(true))
        })
      } finally {
        offered = undefined
        listen()
      }
    },
    end() {
      clearTimeout(waits)
      hands.end()
      return made
    },
    cancel: () => giveUp('It was given up.'),
  }
}

async function* framesOf(take: () => Promise<TimedImage | undefined>): AsyncGenerator<TimedImage> {
  for (let frame = await take(); frame !== undefined; frame = await take()) yield frame
}
