import { descriptorDistance } from '../projection/identity.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'

/** Somebody as far as he is known: the mean of what the recognition network said of him. */
export interface Person {
  readonly descriptor: FloatTensor
  readonly views: number
}

/** dlib's line between one person and two. */
const samePerson = 0.6

/** A view counts no less than one of so many, so that the light of another scene is learnt. */
const mostViews = 50

/** A view that is less like him says nothing new of him: it may be his double's. */
const surelyHim = 0.7

export function firstSeen(descriptor: FloatTensor): Person {
  return { descriptor, views: 1 }
}

export function seenAgain(person: Person, view: FloatTensor): Person {
  if (unlikeness(person, view) > surelyHim) return person
  const { descriptor, views } = person
  const count = Math.min(views + 1, mostViews)
  const mean = descriptor.data.map((value, i) => value + (view.data[i]! - value) / count)
  return { descriptor: floatTensor(descriptor.shape, mean), views: count }
}

/** How unlike a view is, 0 for the same; from 1 on it is somebody else's. */
export function unlikeness({ descriptor }: Person, view: FloatTensor): number {
  return descriptorDistance(descriptor, view) / samePerson
}
