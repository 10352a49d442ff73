import type { Person } from './people.ts'

/** A look and the landmarks that it is to take over, by the photographs' ids. */
export interface LikenessPair {
  readonly look: string
  readonly landmarks: string
}

type Subject = Pick<Person, 'id' | 'who' | 'traits'>

/** Whose face it is. */
export const whoOf = ({ who, id }: Pick<Person, 'who' | 'id'>): string => who ?? id

export const opensMouth = ({ traits }: Subject) => traits.includes('teeth') || traits.includes('mouth open')
export const closesEyes = ({ traits }: Subject) => traits.includes('eyes closed')
export const turnsHead = ({ traits }: Subject) => traits.some((trait) => trait.startsWith('turned'))

/**
 * Two pairs for every photograph as look: with one whose mouth is otherwise, open for closed, and with one whose eyes or
 * head are otherwise. Of all that fit the one that was taken the least often gives the landmarks, so that each does.
 */
export function likenessPairs(people: readonly Subject[]): readonly LikenessPair[] {
  const uses = new Map(people.map(({ id }) => [id, 0]))
  const pairs: LikenessPair[] = []
  const differences: readonly ((a: Subject, b: Subject) => boolean)[] = [
    (a, b) => opensMouth(a) !== opensMouth(b),
    (a, b) => closesEyes(a) !== closesEyes(b) || turnsHead(a) !== turnsHead(b),
  ]
  for (const differs of differences) {
    for (const [place, look] of people.entries()) {
      const others = [...people.slice(place + 1), ...people.slice(0, place)].filter(
        (other) =>
          whoOf(other) !== whoOf(look) &&
          differs(look, other) &&
          !pairs.some((pair) => pair.look === look.id && pair.landmarks === other.id),
      )
      const least = Math.min(...others.map(({ id }) => uses.get(id)!))
      const other = others.find(({ id }) => uses.get(id) === least)
      if (other === undefined) continue
      uses.set(other.id, least + 1)
      pairs.push({ look: look.id, landmarks: other.id })
    }
  }
  return pairs
}
