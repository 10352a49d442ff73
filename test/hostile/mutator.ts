/** A small seeded generator (mulberry32): numbers in [0, 1). */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Bytes at which formats change their meaning: signs, lengths, pickle opcodes. */
const telling = [
  0, 1, 0x7f, 0x80, 0xff, 0x28, 0x2e, 0x30, 0x32, 0x52, 0x62, 0x63, 0x71, 0x74, 0x75, 0x81, 0x93, 0x94, 0x95,
]
const tellingWords = [
  0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 0x10000, 0x04034b50, 0x02014b50, 0x06054b50,
]

type Mutation = (bytes: Uint8Array, pick: (below: number) => number) => Uint8Array

const mutations: readonly Mutation[] = [
  (bytes, pick) => {
    const at = pick(bytes.length)
    bytes[at] = bytes[at]! ^ (1 << pick(8))
    return bytes
  },
  (bytes, pick) => {
    bytes[pick(bytes.length)] = telling[pick(telling.length)]!
    return bytes
  },
  (bytes, pick) => {
    bytes[pick(bytes.length)] = pick(256)
    return bytes
  },
  (bytes, pick) => {
    if (bytes.length < 4) return bytes
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    view.setUint32(pick(bytes.length - 3), tellingWords[pick(tellingWords.length)]!, true)
    return bytes
  },
  (bytes, pick) => bytes.slice(0, pick(bytes.length)),
  (bytes, pick) => {
    const from = pick(bytes.length)
    return splice(bytes, from, from + 1 + pick(16), new Uint8Array(0))
  },
  (bytes, pick) => {
    const from = pick(bytes.length)
    return splice(bytes, pick(bytes.length), 0, bytes.slice(from, from + 1 + pick(64)))
  },
  (bytes, pick) => {
    const [from, to] = [pick(bytes.length), pick(bytes.length)]
    bytes.copyWithin(to, from, from + 1 + pick(32))
    return bytes
  },
]

function splice(bytes: Uint8Array, from: number, to: number, middle: Uint8Array): Uint8Array {
  const tail = bytes.subarray(Math.max(from, to))
  const out = new Uint8Array(from + middle.length + tail.length)
  out.set(bytes.subarray(0, from))
  out.set(middle, from)
  out.set(tail, from + middle.length)
  return out
}

/** A copy of `bytes` with one to four random changes. */
export function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  const pick = (below: number) => Math.floor(random() * below)
  let out: Uint8Array = bytes.slice()
  for (let n = 1 + pick(4); n > 0 && out.length > 0; n--) out = mutations[pick(mutations.length)]!(out, pick)
  return out
}
