import type { Page } from 'playwright-core'

/** What can be pressed, but for shapes in drawings. */
const pressable =
  'a[href], button:enabled, input:enabled, select:enabled, textarea:enabled, summary, [role=slider], [role=gridcell]'

/**
 * What is to be seen of the page, or of the dialog above it, can be pressed, and has something else over its middle; a line
 * each. What is scrolled away is not to be seen.
 */
export function covered(page: Page): Promise<readonly string[]> {
  return page.evaluate((pressable) => {
    const dialogs = document.querySelectorAll('[role=dialog]')
    const scope = dialogs[dialogs.length - 1] ?? document.body
    return [...scope.querySelectorAll(pressable)].flatMap((element) => {
      if (
        element instanceof SVGElement ||
        !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
      )
        return []
      // A radio button that is not to be seen itself is pressed by its label.
      const isRadio = element instanceof HTMLInputElement && element.type === 'radio'
      const own = (isRadio ? element.labels?.[0] : element.closest('label')) ?? element
      const { left, top, width, height } = (isRadio ? own : element).getBoundingClientRect()
      const [x, y] = [left + width / 2, top + height / 2]
      if (!isInView(element, x, y)) return []
      const hit = document.elementFromPoint(x, y)
      if (hit !== null && own.contains(hit)) return []
      return `${element.getAttribute('aria-label') ?? element.textContent} is under ${hit?.outerHTML.slice(0, 200)}`
    })

    function isInView(element: Element, x: number, y: number): boolean {
      for (let around = element.parentElement; around !== null; around = around.parentElement) {
        if (getComputedStyle(around).overflow === 'visible') continue
        const { left, right, top, bottom } = around.getBoundingClientRect()
        if (x < left || x >= right || y < top || y >= bottom) return false
      }
      return x >= 0 && y >= 0 && x < innerWidth && y < innerHeight
    }
  }, pressable)
}

/** What can be pressed and reaches over the side of what it lies in, or of the window, so that a part of it cannot be seen. */
export function cut(page: Page): Promise<readonly string[]> {
  return page.evaluate((pressable) => {
    return [...document.querySelectorAll(pressable)].flatMap((element) => {
      if (element instanceof SVGElement || !element.checkVisibility({ visibilityProperty: true })) return []
      const { left, right } = element.getBoundingClientRect()
      for (let around = element.parentElement; around !== null; around = around.parentElement) {
        const edge = around.getBoundingClientRect()
        const clips = around === document.body || getComputedStyle(around).overflowX !== 'visible'
        if (clips && edge.width > 1 && (left < edge.left - 1 || right > edge.right + 1)) {
          return `${element.getAttribute('aria-label') ?? element.textContent} in ${around.className}`
        }
      }
      return []
    })
  }, pressable)
}
