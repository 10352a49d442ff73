import type { Page } from 'playwright-core'

/** Shows what the search draws in place of the photograph that is made of two photographs at once. */
export async function seeDrawn(page: Page, word = 'Drawn'): Promise<void> {
  await page.getByText(word, { exact: true }).first().click()
}
