import { JpegBits } from './jpeg-bits.ts'
import {
  type Band,
  type HuffmanTable,
  huffmanTable,
  passBand,
  passConstant,
  passRest,
  refineBand,
} from './jpeg-blocks.ts'

/** What a JPEG has lost: the lower part of the picture, 0..1, or some part of it. */
export type JpegLoss = number | 'somewhere'

/** Beyond so many blocks nothing is looked for: the largest picture that is taken has fewer in a usual scan. */
const mostBlocks = 2 ** 25

/** Encoders may leave so many bytes behind the last block. */
const mostSpareBytes = 4

interface Component {
  readonly id: number
  readonly across: number
  readonly down: number
  /** Blocks in a row and in a column where a scan has this component alone. */
  readonly columns: number
  readonly rows: number
  /** Blocks in a row where a scan has several components, which fills it up. */
  readonly stride: number
  /** 64 bits a block: which coefficients are not zero; empty unless progressive. */
  readonly known: Uint32Array
}

interface Frame {
  readonly progressive: boolean
  readonly components: readonly Component[]
  readonly unitsAcross: number
  readonly unitsDown: number
}

/**
 * What of a JPEG's picture cannot be decoded. Decoders go on after damage with whatever the bits then mean, and mostly
 * do not notice; this passes over all blocks and sees where they cannot be what an encoder wrote, or whether there are
 * too few of them, or bytes behind the last.
 *
 * @returns undefined for what is not looked into: other kinds of JPEG (arithmetic, lossless), and damaged heads
 */
export function jpegLoss(bytes: Uint8Array): JpegLoss | undefined {
  const tables = new Map<number, HuffmanTable>()
  let frame: Frame | undefined
  let restart = 0
  let blocks = 0
  let scans = 0
  for (let at = 2; ; ) {
    while (at < bytes.length && !(bytes[at] === 0xff && isSegment(bytes[at + 1]))) at++
    const marker = bytes[at + 1]
    if (marker === undefined || marker === 0xd9) break
    const length = wordAt(bytes, at + 2)
    const segment = bytes.subarray(at + 4, at + 2 + length)
    at += 2 + length
    if (marker === 0xc4) readTables(segment, tables)
    else if (marker === 0xdd) restart = wordAt(segment, 0)
    else if (marker >= 0xc0 && marker <= 0xc2) frame = readFrame(segment, marker === 0xc2)
    else if (marker === 0xda) {
      if (frame === undefined) return undefined
      const scan = readScan(segment, frame, tables)
      if (scan === undefined) return undefined
      blocks += scan.blocks
      if (blocks > mostBlocks) return undefined
      const bits = new JpegBits(bytes, at)
      const loss = scanLoss(bits, scan, restart)
      if (loss !== 0) return loss
      scans++
      at = bits.at
    } else if (marker >= 0xc3 && marker <= 0xcf) return undefined
  }
  return scans === 0 ? undefined : 0
}

/** One component of a scan, with what its blocks are coded by. */
interface Part {
  readonly component: Component
  readonly constant: HuffmanTable | undefined
  readonly band: Band | undefined
}

interface Scan {
  readonly parts: readonly Part[]
  readonly pass: (bits: JpegBits, part: Part, row: number, column: number) => boolean
  /** Blocks of a unit that restarts count: those of one place, or one. */
  readonly interleaved: boolean
  readonly across: number
  readonly down: number
  readonly blocks: number
}

function scanLoss(bits: JpegBits, scan: Scan, restart: number): JpegLoss {
  const { across, down } = scan
  for (let row = 0, unit = 0; row < down; row++) {
    for (let column = 0; column < across; column++, unit++) {
      if (restart > 0 && unit > 0 && unit % restart === 0) {
        if (!bits.restart()) return 1 - row / down
        for (const { band } of scan.parts) if (band !== undefined) band.empty = 0
      }
      if (!passUnit(bits, scan, row, column) || bits.short) return 1 - row / down
    }
  }
  return bits.spare() > mostSpareBytes ? 'somewhere' : 0
}

function passUnit(bits: JpegBits, { parts, pass, interleaved }: Scan, row: number, column: number): boolean {
  if (!interleaved) return pass(bits, parts[0]!, row, column)
  for (const part of parts) {
    const { across, down } = part.component
    for (let y = 0; y < down; y++) {
      for (let x = 0; x < across; x++) {
        if (!pass(bits, part, row * down + y, column * across + x)) return false
      }
    }
  }
  return true
}

function passWhole(bits: JpegBits, { constant, band }: Part): boolean {
  return passConstant(bits, constant!) && passRest(bits, band!.table)
}

function passFirstConstant(bits: JpegBits, { constant }: Part): boolean {
  return passConstant(bits, constant!)
}

function passOneBit(bits: JpegBits): boolean {
  bits.skip(1)
  return true
}

/** A pass over the band of a block, which knows what earlier scans said of it. */
function inBand(pass: typeof passBand) {
  return (bits: JpegBits, { component: { known, stride }, band }: Part, row: number, column: number) =>
    pass(bits, band!, known, (row * stride + column) * 2)
}

const passFirstBand = inBand(passBand)
const passRefinement = inBand(refineBand)

/** Undefined where it does not fit its frame. */
function readScan(segment: Uint8Array, frame: Frame, tables: Map<number, HuffmanTable>): Scan | undefined {
  const count = segment[0]!
  const [first, last, bitsKnown] = [
    segment[1 + 2 * count]!,
    segment[2 + 2 * count]!,
    segment[3 + 2 * count]! >> 4,
  ]
  const parts: Part[] = []
  for (let i = 0; i < count; i++) {
    const component = frame.components.find(({ id }) => id === segment[1 + 2 * i])
    if (component === undefined) return undefined
    const destinations = segment[2 + 2 * i]!
    const rest = tables.get(16 + (destinations & 15))
    const band = rest && { first, last, table: rest, empty: 0 }
    parts.push({ component, constant: tables.get(destinations >> 4), band })
  }
  const [one] = parts
  if (one === undefined || !(last < 64)) return undefined
  const needs = {
    constant: !frame.progressive || (first === 0 && bitsKnown === 0),
    band: !frame.progressive || first > 0,
  }
  if (parts.some((part) => needs.constant && !part.constant)) return undefined
  if (parts.some((part) => needs.band && !part.band)) return undefined
  const interleaved = parts.length > 1
  const across = interleaved ? frame.unitsAcross : one.component.columns
  const down = interleaved ? frame.unitsDown : one.component.rows
  const inUnit = parts.reduce((sum, { component }) => sum + component.across * component.down, 0)
  const blocks = across * down * (interleaved ? inUnit : 1)
  return { parts, pass: passOf(frame, first, bitsKnown), interleaved, across, down, blocks }
}

function passOf({ progressive }: Frame, first: number, bitsKnown: number): Scan['pass'] {
  if (!progressive) return passWhole
  if (first === 0) return bitsKnown === 0 ? passFirstConstant : passOneBit
  return bitsKnown === 0 ? passFirstBand : passRefinement
}

/** Undefined where the height is told later, or something is zero. */
function readFrame(segment: Uint8Array, progressive: boolean): Frame | undefined {
  const [height, width, count] = [wordAt(segment, 1), wordAt(segment, 3), segment[5]!]
  const factors = Array.from({ length: count }, (_, i) => {
    const factor = segment[7 + 3 * i]!
    return { id: segment[6 + 3 * i]!, across: factor >> 4, down: factor & 15 }
  })
  if (!(width * height > 0) || !factors.every(({ across, down }) => across * down > 0)) return undefined
  const [most, deepest] = [
    Math.max(...factors.map(({ across }) => across)),
    Math.max(...factors.map((f) => f.down)),
  ]
  const unitsAcross = Math.ceil(width / (8 * most))
  const unitsDown = Math.ceil(height / (8 * deepest))
  const components = factors.map(({ id, across, down }) => {
    const stride = unitsAcross * across
    return {
      id,
      across,
      down,
      columns: Math.ceil(Math.ceil((width * across) / most) / 8),
      rows: Math.ceil(Math.ceil((height * down) / deepest) / 8),
      stride,
      known: new Uint32Array(progressive ? 2 * stride * unitsDown * down : 0),
    }
  })
  return { progressive, components, unitsAcross, unitsDown }
}

/** Several tables may stand in one segment; the key is the class, constant or rest, times 16, plus the destination. */
function readTables(segment: Uint8Array, tables: Map<number, HuffmanTable>): void {
  for (let at = 0; at + 17 <= segment.length; ) {
    const counts = segment.subarray(at + 1, at + 17)
    const size = counts.reduce((sum, count) => sum + count, 0)
    const table = huffmanTable(counts, segment.subarray(at + 17, at + 17 + size))
    if (table === undefined) tables.delete(segment[at]!)
    else tables.set(segment[at]!, table)
    at += 17 + size
  }
}

/** Whether a segment of that marker has a length: all but fill bytes, stuffed zeros, restarts, and the picture's begin. */
function isSegment(marker: number | undefined): boolean {
  if (marker === undefined || marker === 0 || marker === 1 || marker === 0xff) return false
  return marker < 0xd0 || marker > 0xd8
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}
