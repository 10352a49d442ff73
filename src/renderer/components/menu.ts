import type { IconName } from './icons.ts'

/** A line of a menu; `null` in a list of them is a dividing line. */
export interface MenuItem {
  readonly label: string
  readonly icon?: IconName
  /** The key that does the same, as it is shown. */
  readonly keys?: string
  readonly danger?: boolean
  readonly disabled?: boolean
  readonly act: () => void
}
