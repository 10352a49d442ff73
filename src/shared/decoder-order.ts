/** What the page that decodes for the command line is told. */
export interface DecoderOrder {
  /** What it must show with every request. */
  readonly token: string
  /** Of the upright frames, in pixels. */
  readonly width: number
  readonly height: number
  /** Frames that begin from what to before what time are asked for; in seconds, `to` may be infinite. */
  readonly from: number
  readonly to: number
}

/** How its work ended: with the last frame, at a codec that it does not know, or at data that cannot be decoded. */
export const decoderVerdicts = ['done', 'codec', 'damaged'] as const
export type DecoderVerdict = (typeof decoderVerdicts)[number]

/** The order as the fragment of an address, which no request carries. */
export function writeOrder(order: DecoderOrder): string {
  const fields = new URLSearchParams()
  for (const [name, value] of Object.entries(order)) fields.set(name, String(value))
  return `#${fields}`
}

/** The order in a fragment that `writeOrder` made. */
export function readOrder(fragment: string): DecoderOrder {
  const fields = new URLSearchParams(fragment.slice(1))
  const number = (name: string) => Number(fields.get(name))
  return {
    token: fields.get('token') ?? '',
    width: number('width'),
    height: number('height'),
    from: number('from'),
    to: number('to'),
  }
}
