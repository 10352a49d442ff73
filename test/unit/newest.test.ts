import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { newestOnly } from '../../src/node/host/newest.ts'

/** Pieces of work that end when they are told to. */
function pieces() {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const work = (name: string) => () =>
    new Promise<string>((resolve) => {
      begun.push(name)
      ends.set(name, () => resolve(name))
    })
  return { begun, work, end: (name: string) => ends.get(name)!() }
}

test('of work that waits only the newest is done, and one piece at a time', async () => {
  const { begun, work, end } = pieces()
  const take = newestOnly()
  const first = take(work('first'))
  const second = take(work('second')).catch(({ code }) => code)
  const third = take(work('third')).catch(({ code }) => code)
  const fourth = take(work('fourth'))
  await setImmediate()
  expect([await second, await third]).toEqual(['stopped', 'stopped'])
  expect(begun).toEqual(['first'])
  end('first')
  expect(await first).toBe('first')
  const fifth = take(work('fifth'))
  await setImmediate()
  expect(begun).toEqual(['first', 'fourth'])
  end('fourth')
  expect(await fourth).toBe('fourth')
  await setImmediate()
  end('fifth')
  expect(await fifth).toBe('fifth')
})

test('work that fails lets the next one begin', async () => {
  const take = newestOnly()
  const failed = take(() => Promise.reject(new Error('no')))
  const next = take(async () => 'yes')
  await expect(failed).rejects.toThrow('no')
  expect(await next).toBe('yes')
  expect(await take(async () => 'again')).toBe('again')
})
