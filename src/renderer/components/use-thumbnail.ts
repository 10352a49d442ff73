import { type ShallowRef, shallowRef, watch } from 'vue'
import { useThumbnails } from '../stores/thumbnails.ts'

/** The address of a project's small picture as long as the component is in sight; null until it came, or without one. */
export function useThumbnail(
  project: () => { readonly id: string; readonly thumbnail: string | null },
): ShallowRef<string | null> {
  const thumbnails = useThumbnails()
  const address = shallowRef<string | null>(null)

  watch(
    () => [project().id, project().thumbnail] as const,
    async ([id, thumbnail], before, onCleanup) => {
      const sight = new AbortController()
      onCleanup(() => sight.abort())
      // A newer picture of the same project takes the place of the older one when it is here.
      const meanwhile = before?.[0] === id ? address.value : null
      address.value = thumbnail === null ? null : (thumbnails.known(id, thumbnail) ?? meanwhile)
      if (thumbnail === null) return
      const loaded = await thumbnails.load(id, thumbnail, sight.signal)
      if (!sight.signal.aborted) address.value = loaded
    },
    { immediate: true },
  )
  return address
}
