import type { Preview } from '../engine/protocol.ts'
import { type Encoding, encodePicture } from '../runtime/sharp-codec.ts'

/** Quick to write, and without blocks in faces. */
export const liveEncoding: Encoding = { format: 'jpeg', quality: 90 }

/** A preview as the window takes it. */
export interface EncodedPreview {
  readonly step: number
  readonly image: Uint8Array
  /** 68 x (x, y) as fractions; null for pictures without. */
  readonly points: readonly number[] | null
}

/** Previews on their way from the engine: one is encoded at a time, the newest of those that wait. */
export interface LivePicture {
  offer(preview: Preview): void
  /** The length of the last step, in seconds. */
  stepTook(seconds: number): void
  /** Asks the engine for the first picture; also after it was replaced. */
  begin(): void
  /** Fulfilled when the last is told; asks for no more. */
  end(): Promise<void>
}

/** Encoding takes at most this part of the time. */
const share = 0.03

/** Where a step is longer, in seconds, the picture is to be that of every second step at the latest. */
const longStep = 0.3

/**
 * The pause before the next picture is asked for, after one that took so long to encode; in seconds. It is asked for
 * during the step before it.
 */
export function previewPause(encoding: number, step: number): number {
  const pause = encoding * (1 / share - 1)
  return step > longStep ? Math.min(pause, 0.5 * step) : pause
}

/**
 * @param ask has the engine send a preview of its next step
 * @param tell is given each that was encoded; its failure ends nothing
 */
export function livePicture(
  ask: () => void,
  tell: (preview: EncodedPreview, source: Preview) => Promise<void>,
): LivePicture {
  let waiting: Preview | undefined
  let work: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let stepSeconds = 0
  let ended = false

  function askAfter(seconds: number): void {
    clearTimeout(timer)
    if (!ended) timer = setTimeout(ask, seconds * 1000)
  }

  async function encodeAll(): Promise<void> {
    while (waiting !== undefined) {
      const preview = waiting
      waiting = undefined
      const started = performance.now()
      await tell(await encodedPreview(preview), preview)
      askAfter(previewPause((performance.now() - started) / 1000, stepSeconds))
    }
  }

  return {
    offer(preview) {
      waiting = preview
      work ??= encodeAll()
        .catch(() => askAfter(1))
        .finally(() => {
          work = undefined
        })
    },
    stepTook(seconds) {
      stepSeconds = seconds
    },
    begin() {
      askAfter(0)
    },
    async end() {
      ended = true
      clearTimeout(timer)
      await work
    },
  }
}

/** A preview of the engine, encoded, with its points as fractions. */
export async function encodedPreview({ step, image, points }: Preview): Promise<EncodedPreview> {
  return {
    step,
    image: await encodePicture(image, liveEncoding),
    points: points === undefined ? null : Array.from(points, (pixel) => pixel / image.width),
  }
}
