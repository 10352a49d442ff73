import { onBeforeUnmount, onMounted, type Ref, ref } from 'vue'

/** Whether an element has come into sight, be it behind the edge of a list that scrolls; stays so. */
export function useSeen(element: Readonly<Ref<Element | null>>): Readonly<Ref<boolean>> {
  const seen = ref(false)
  let observer: IntersectionObserver | undefined
  onMounted(() => {
    if (element.value === null) return
    observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return
      seen.value = true
      observer?.disconnect()
    })
    observer.observe(element.value)
  })
  onBeforeUnmount(() => observer?.disconnect())
  return seen
}
