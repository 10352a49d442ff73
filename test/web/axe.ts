import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

/** What axe finds on the page while nothing fades in or out, a line each: where it finds something and anything began to meanwhile, it looks again. */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(async () => {
    const passing = () =>
      document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity)
    let begun = false
    for (const event of ['animationstart', 'transitionrun'])
      document.addEventListener(event, () => {
        begun = true
      })
    for (let looks = 1; ; looks++) {
      await Promise.allSettled(passing().map(({ finished }) => finished))
      begun = false
      const found = await (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run()
      const wasAtRest = !begun && passing().length === 0
      if (found.violations.length === 0 || wasAtRest || looks === 5) return found
    }
  })
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary ?? ''}`),
  )
}
