import { onBeforeUnmount, onMounted } from 'vue'

/**
 * When what has the focus goes away or cannot be used any more, keys would begin at the top of the page again, and screen
 * readers lose their place. The focus falls to the nearest part of the window around it instead, at the last to `main`.
 */
export function useKeptFocus(): void {
  /** What had the focus last, with all that is around it, the nearest first. */
  let path: readonly HTMLElement[] = []
  let frame: number | null = null

  function remember(event: FocusEvent): void {
    path = event.composedPath().filter((one) => one instanceof Element) as HTMLElement[]
  }

  function look(): void {
    frame = null
    const [last] = path
    const { activeElement } = document
    const isElsewhere = activeElement !== document.body && activeElement !== last
    // One that can still be used was let go by the user.
    if (last === undefined || isElsewhere || isUsable(last)) return
    const left = path.find((one) => one.matches('[tabindex]') && isUsable(one))
    ;(left ?? document.querySelector('main'))?.focus({ preventScroll: true })
  }

  const observer = new MutationObserver(() => {
    frame ??= requestAnimationFrame(look)
  })
  onMounted(() => {
    document.addEventListener('focusin', remember)
    observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ['disabled'] })
  })
  onBeforeUnmount(() => {
    document.removeEventListener('focusin', remember)
    observer.disconnect()
    if (frame !== null) cancelAnimationFrame(frame)
  })
}

function isUsable(element: Element): boolean {
  return element.isConnected && element.checkVisibility() && !element.matches(':disabled')
}
