import { randomBytes } from 'node:crypto'
import { sha256 } from '../host/sha256.ts'

/** Codes that stand for the token once, for a short while. */
export interface OneTimeCodes {
  /** A new one: 32 bytes by chance. */
  draw(): string
  /** Whether that code was drawn in the last minute and not redeemed before; it is used up then. */
  redeem(code: string): boolean
}

/** Milliseconds; a browser that has to be started first takes some seconds. */
const lifetime = 60_000

/** @param now milliseconds of a clock that is never set back */
export function oneTimeCodes(now: () => number = () => performance.now()): OneTimeCodes {
  /** When each was drawn, the oldest first; by hash, so that how long a look-up takes tells nothing about a code. */
  const drawn = new Map<string, number>()
  const isOver = (time: number) => now() - time >= lifetime

  return {
    draw() {
      for (const [hash, time] of drawn) {
        if (!isOver(time)) break
        drawn.delete(hash)
      }
      const code = randomBytes(32).toString('base64url')
      drawn.set(sha256(code), now())
      return code
    },
    redeem(code) {
      const time = drawn.get(sha256(code))
      drawn.delete(sha256(code))
      return time !== undefined && !isOver(time)
    },
  }
}
