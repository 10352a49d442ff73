import { expect, test } from 'vitest'
import { layoutOf, StridedView } from '../../src/engine/strided.ts'
import { floatTensor } from '../../src/engine/tensor.ts'

const numbers = floatTensor([2, 3], [0, 1, 2, 3, 4, 5])

test('a view of a view lies in the first array and gathers from it', () => {
  const swapped = new StridedView([3, 2], { source: numbers, strides: [1, 3], offset: 0 })
  const { source, strides } = layoutOf(swapped)
  const lastRowsUpwards = new StridedView([2, 2], {
    source,
    strides: [-strides[0]!, strides[1]!],
    offset: 2 * strides[0]!,
  })
  expect(source).toBe(numbers)
  expect([...lastRowsUpwards.data]).toEqual([2, 5, 1, 4])
  expect([...swapped.data]).toEqual([0, 3, 1, 4, 2, 5])
})

test('a view gathers once', () => {
  const swapped = new StridedView([3, 2], { source: numbers, strides: [1, 3], offset: 0 })
  expect(swapped.data).toBe(swapped.data)
})
