import type { PictureSize } from '../engine/runtime.ts'

/** What the page in a Chromium that works for a process of Mien is told: to decode a video, or to encode one. */
export type PageOrder = (DecodingTask | { readonly work: 'encode' }) & {
  /** What it must show with every request. */
  readonly token: string
  /** Of the upright frames, in pixels. */
  readonly width: PictureSize['width']
  readonly height: PictureSize['height']
}

interface DecodingTask {
  readonly work: 'decode'
  /** Frames that begin from what to before what time are asked for; in seconds, `to` may be infinite. */
  readonly from: number
  readonly to: number
}

/** How its work ended: with the last frame, at a codec that it does not know, or at data or a coder that went wrong. */
export const pageVerdicts = ['done', 'codec', 'damaged'] as const
export type PageVerdict = (typeof pageVerdicts)[number]

/** The order as the fragment of an address, which no request carries. */
export function writeOrder(order: PageOrder): string {
  const fields = new URLSearchParams()
  for (const [name, value] of Object.entries(order)) fields.set(name, String(value))
  return `#${fields}`
}

/** The order in a fragment that `writeOrder` made. */
export function readOrder(fragment: string): PageOrder {
  const fields = new URLSearchParams(fragment.slice(1))
  const number = (name: string) => Number(fields.get(name))
  const frames = { token: fields.get('token') ?? '', width: number('width'), height: number('height') }
  return fields.get('work') === 'encode'
    ? { ...frames, work: 'encode' }
    : { ...frames, work: 'decode', from: number('from'), to: number('to') }
}
