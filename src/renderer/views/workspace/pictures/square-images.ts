import { type MaybeRefOrGetter, onScopeDispose, shallowRef, toValue, watch } from 'vue'
import type { Picture } from '../../../../shared/project.ts'
import { useProject } from '../../../stores/project.ts'

/** Encoded squares by picture and alignment: panes, shelf and menus show the same ones. */
const kept = new Map<string, Promise<Uint8Array | null>>()
const mostKept = 80

/** Large enough for panes, and small enough for menus: one size, so that every square is cut out once. */
const size = 512

/** The aligned square of a picture, encoded; null where there is none yet. */
export function useSquareImage(picture: MaybeRefOrGetter<Picture | null | undefined>) {
  const project = useProject()
  const image = shallowRef<Uint8Array | null>(null)
  let alive = true
  onScopeDispose(() => {
    alive = false
  })

  watch(
    () => {
      const one = toValue(picture)
      return one ? `${project.id} ${one.id} ${one.sha256} ${JSON.stringify(one.alignment)}` : null
    },
    async (key) => {
      if (key === null) {
        image.value = null
        return
      }
      const shown = await squareOf(key, () => project.showPicture(toValue(picture)!.id, 'square', size))
      const now = toValue(picture)
      if (alive && now && key.includes(` ${now.id} `)) image.value = shown
    },
    { immediate: true },
  )
  return image
}

function squareOf(key: string, show: () => Promise<Uint8Array | null>): Promise<Uint8Array | null> {
  const square = kept.get(key) ?? show()
  kept.delete(key)
  kept.set(key, square)
  if (kept.size > mostKept) kept.delete(kept.keys().next().value!)
  void square.then((image) => {
    if (image === null) kept.delete(key)
  })
  return square
}
