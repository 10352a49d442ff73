import { expect, test } from 'vitest'
import { boundedCache } from '../../src/shared/bounded-cache.ts'

const cache = () => boundedCache<string>(10, (text) => text.length)

test('what was asked for longest ago goes first', () => {
  const held = cache()
  held.set('a', 'aaaa')
  held.set('b', 'bbbb')
  expect(held.get('a')).toBe('aaaa')
  expect(held.has('b')).toBe(true)
  held.set('c', 'cccc')
  expect(held.has('b')).toBe(false)
  expect([held.get('a'), held.get('b'), held.get('c')]).toEqual(['aaaa', undefined, 'cccc'])
})

test('what replaces another counts once, and one that is too large stays alone', () => {
  const held = cache()
  held.set('a', 'aaaa')
  held.set('a', 'aaaaaa')
  held.set('b', 'bbbb')
  expect([held.get('a'), held.get('b')]).toEqual(['aaaaaa', 'bbbb'])
  held.set('c', 'c'.repeat(40))
  expect([held.get('a'), held.get('b'), held.get('c')?.length]).toEqual([undefined, undefined, 40])
  held.set('d', 'd')
  expect([held.get('c'), held.get('d')]).toEqual([undefined, 'd'])
})
