import { expect, test } from 'vitest'
import { abreast } from '../../src/node/host/abreast.ts'
import { keyedSerial } from '../../src/node/host/serial.ts'

const soon = () => new Promise<void>((resolve) => setTimeout(resolve, 1))

test('work of one key is done one after the other, whatever fails, that of others beside it', async () => {
  const turns = keyedSerial()
  const log: string[] = []
  const work = (name: string) => async () => {
    log.push(`${name} begins`)
    await soon()
    log.push(`${name} ends`)
    if (name === 'a1') throw new Error('no')
    return name
  }
  const all = [turns.take('a', work('a1')), turns.take('a', work('a2')), turns.take('b', work('b1'))]
  await turns.idle()
  const ends = await Promise.allSettled(all)
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
  expect(log.indexOf('a2 begins')).toBeGreaterThan(log.indexOf('a1 ends'))
  expect(log.indexOf('b1 begins')).toBeLessThan(log.indexOf('a1 ends'))
})

test('many pieces of work come out in order, not too many at a time', async () => {
  let now = 0
  let most = 0
  const doubled = await abreast(
    Array.from({ length: 100 }, (_, n) => n),
    async (n) => {
      most = Math.max(most, ++now)
      await soon()
      now--
      return 2 * n
    },
  )
  expect(doubled).toEqual(Array.from({ length: 100 }, (_, n) => 2 * n))
  expect(most).toBeLessThanOrEqual(32)
  expect(most).toBeGreaterThan(1)
})

test('after a failure nothing more begins, and nothing goes on behind its back', async () => {
  let begun = 0
  let ended = 0
  const work = async (n: number) => {
    begun++
    await soon()
    ended++
    if (n === 3) throw new Error('three')
  }
  await expect(
    abreast(
      Array.from({ length: 500 }, (_, n) => n),
      work,
    ),
  ).rejects.toThrow('three')
  expect(ended).toBe(begun)
  expect(begun).toBeLessThan(500)
})
