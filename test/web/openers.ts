import type { Locator, Page } from 'playwright-core'

/** Something on a screen that opens a menu, a dialog or a popover. */
export interface Opener {
  readonly name: string
  /** Two of one kind come from the same lines of code, as the menus of two runs do. */
  readonly kind: string
  readonly where: Locator
  readonly button: 'left' | 'right'
}

const byPress = '[aria-haspopup]:visible:not(:disabled)'
const byContext = '[data-context-menu]:visible'

/** All that opens something on the screen that is shown. */
export async function openersOn(page: Page): Promise<readonly Opener[]> {
  const found: Opener[] = []
  for (const [selector, button] of [
    [byPress, 'left'],
    [byContext, 'right'],
  ] as const) {
    const all = page.locator(selector)
    const facts = await all.evaluateAll((elements) =>
      elements.map((element) => ({
        name: element.getAttribute('aria-label') ?? element.textContent?.trim().slice(0, 40) ?? '',
        opens: element.getAttribute('aria-haspopup') ?? 'menu',
        scope: [...element.attributes].map(({ name }) => name).filter((name) => name.startsWith('data-v-')),
        look: element.className,
      })),
    )
    for (const [i, { name, opens, scope, look }] of facts.entries()) {
      // Dialogs that are opened by equal buttons differ by the first word of what these say.
      const kind = [button, opens, look, ...scope, opens === 'dialog' ? name.split(' ')[0] : ''].join(' ')
      found.push({ name: `${button} on “${name}”`, kind, where: all.nth(i), button })
    }
  }
  return found
}

/** So many of each kind, those that come first. */
export function ofEachKind(openers: readonly Opener[], count: number): readonly Opener[] {
  const seen = new Map<string, number>()
  return openers.filter(({ kind }) => {
    seen.set(kind, (seen.get(kind) ?? 0) + 1)
    return seen.get(kind)! <= count
  })
}

const opened = '[role=menu], [role=dialog]'

export async function open(page: Page, { where, button }: Opener): Promise<void> {
  // A tile that is not pointed at hides its button.
  await where.hover()
  await where.click({ button })
  await page.locator(opened).first().waitFor()
}

/** Closes what is open, by the keyboard or, unless it fills the window, by a press beside it. */
export async function close(page: Page, how: 'Escape' | 'beside'): Promise<void> {
  const corner = [4, page.viewportSize()!.height - 4] as const
  const filled = await page.evaluate(
    ([x, y]) => document.elementFromPoint(x, y)?.closest('[role=dialog]') != null,
    corner,
  )
  if (how === 'Escape' || filled) await page.keyboard.press('Escape')
  else await page.mouse.click(...corner)
  await page.locator(opened).first().waitFor({ state: 'detached' })
}
