import type { Image } from '../../engine/runtime.ts'
import { bt709Planes } from './bt709.ts'
import { withColourLabel } from './colour-label.ts'
import { withKeyFrames } from './key-frames.ts'

/** A video that grows by frames of one size. */
export interface VideoEncoder {
  add(frame: Image): void
  /** Ends the video and gives its bytes. */
  finish(): Uint8Array
  /** Ends it without a video. */
  abandon(): void
}

/** Quantiser of H.264: 10 is the best, 51 the smallest; at 20 faces show no blocks. */
const quantiser = 20

/** All encoders write into one file system. */
let opened = 0

/** Between best quality (0) and most speed (10). */
const effort = 5

/**
 * An H.264 video in an MP4 container. Colours are turned into BT.709's here and labelled so: the encoder would make those of
 * BT.601 and say nothing, which readers take for either. The encoder is WebAssembly without any native part, loaded only when
 * a film is asked for. Width and height must be even.
 */
export async function openMp4(width: number, height: number, framesPerSecond: number): Promise<VideoEncoder> {
  const { default: library } = await import('h264-mp4-encoder')
  const encoder = await withoutListeners(() => library.createH264MP4Encoder())
  encoder.outputFilename = `${opened++}.mp4`
  encoder.width = width
  encoder.height = height
  encoder.frameRate = framesPerSecond
  encoder.groupOfPictures = framesPerSecond
  encoder.quantizationParameter = quantiser
  encoder.speed = effort
  encoder.initialize()
  function close(): void {
    encoder.FS.unlink(encoder.outputFilename)
    encoder.delete()
  }
  let frames = 0
  return {
    add(frame) {
      encoder.addFrameYuv(bt709Planes(frame))
      frames++
    },
    finish() {
      encoder.finalize()
      const bytes = encoder.FS.readFile(encoder.outputFilename)
      close()
      return withKeyFrames(withColourLabel(bytes), frames, framesPerSecond)
    },
    abandon() {
      encoder.finalize()
      close()
    },
  }
}

/** The library's start-up code puts handlers on the process that would hide every later error of Mien. */
async function withoutListeners<T>(create: () => Promise<T>): Promise<T> {
  const events = ['uncaughtException', 'unhandledRejection'] as const
  const before = new Map(events.map((event) => [event, process.listeners(event as 'uncaughtException')]))
  try {
    return await create()
  } finally {
    for (const event of events) {
      for (const listener of process.listeners(event as 'uncaughtException')) {
        if (!before.get(event)!.includes(listener)) process.off(event, listener)
      }
    }
  }
}
