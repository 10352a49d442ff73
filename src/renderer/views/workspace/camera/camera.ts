import { onScopeDispose, ref, shallowRef } from 'vue'

/** Why a camera gives no picture: not allowed, none there, or it does not work, mostly as another program has it. */
export type CameraTrouble = 'refused' | 'absent' | 'busy'

const troubles: Readonly<Record<string, CameraTrouble>> = {
  NotAllowedError: 'refused',
  SecurityError: 'refused',
  NotFoundError: 'absent',
}

/** Enough for the square of a face; without a wish browsers give 640 x 480. */
const wanted: MediaStreamConstraints = {
  video: { width: { ideal: 1920 }, height: { ideal: 1080 }, facingMode: 'user' },
  audio: false,
}

/** Whether this page can ask for a camera at all: only secure pages can. */
export function hasCameras(): boolean {
  // Its type takes the page for a secure one.
  return (navigator.mediaDevices as MediaDevices | undefined)?.getUserMedia !== undefined
}

/** A camera that is open for as long as the component that uses it, and not a moment longer. */
export function useCamera() {
  const stream = shallowRef<MediaStream | null>(null)
  const trouble = ref<CameraTrouble | null>(null)
  let closed = false

  async function open(): Promise<void> {
    trouble.value = null
    try {
      const opened = await navigator.mediaDevices.getUserMedia(wanted)
      if (closed) return stop(opened)
      for (const track of opened.getTracks()) track.addEventListener('ended', lose)
      stream.value = opened
    } catch (error) {
      trouble.value = (error instanceof DOMException ? troubles[error.name] : undefined) ?? 'busy'
    }
  }

  /** It was unplugged, or taken away by the system. */
  function lose(): void {
    close()
    trouble.value = 'absent'
  }

  function close(): void {
    if (stream.value !== null) stop(stream.value)
    stream.value = null
  }

  onScopeDispose(() => {
    closed = true
    close()
  })
  void open()

  return { stream, trouble, open }
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop()
}

/** What a video shows now, with all its pixels, as a JPEG; null where the browser could not make one. */
export function frameOf(video: HTMLVideoElement): Promise<Blob | null> {
  const canvas = document.createElement('canvas')
  canvas.width = video.videoWidth
  canvas.height = video.videoHeight
  canvas.getContext('2d')?.drawImage(video, 0, 0)
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.95))
}

/** Milliseconds of the longest recording. */
const longest = 30_000

/** What a camera shows from now on. */
export interface Recording {
  /** When it was stopped, or lasted half a minute. */
  readonly clip: Promise<Blob>
  stop(): void
}

/** Whether this browser can record what a camera shows. */
export function canRecord(): boolean {
  return typeof MediaRecorder !== 'undefined'
}

/** Records what a camera shows, without sound. */
export function record(stream: MediaStream): Recording {
  const recorder = new MediaRecorder(stream)
  const pieces: Blob[] = []
  const stop = () => {
    if (recorder.state !== 'inactive') recorder.stop()
  }
  const timer = setTimeout(stop, longest)
  const clip = new Promise<Blob>((resolve) => {
    recorder.addEventListener('dataavailable', ({ data }) => pieces.push(data))
    recorder.addEventListener('stop', () => {
      clearTimeout(timer)
      resolve(new Blob(pieces, { type: recorder.mimeType.replace(/;.*/, '') }))
    })
  })
  recorder.start()
  return { clip, stop }
}

/** The time in a picture's name, as every file system takes it: 2026-11-29 05.12. */
export function timeInName(time: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  return `${date} ${two(time.getHours())}.${two(time.getMinutes())}`
}
