import { onBeforeUnmount, onMounted } from 'vue'

const isMac = /mac/i.test(navigator.platform)

/** A key with its modifiers in one spelling: `Ctrl+Shift+Z`, `?`, `Alt+1`. The command key counts as Ctrl. */
export function pressed(event: KeyboardEvent): string {
  // With Alt, some layouts write other signs.
  const digit = event.altKey ? /^Digit(\d)$/.exec(event.code)?.[1] : undefined
  const name = digit ?? (event.key === ' ' ? 'Space' : event.key)
  const letter = name.length === 1 ? name.toUpperCase() : name
  // Where the sign itself needs Shift, as '?' does, Shift says nothing more.
  const shift = event.shiftKey && (name.length > 1 || /[a-z]/i.test(name))
  // Nor does AltGr, with which many layouts write '[': Windows has it for both of these.
  const third = event.getModifierState('AltGraph')
  return [
    (event.ctrlKey && !third) || event.metaKey ? 'Ctrl+' : '',
    event.altKey && !third ? 'Alt+' : '',
    shift ? 'Shift+' : '',
    letter,
  ].join('')
}

const arrows: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
}
const macSigns: Readonly<Record<string, string>> = { 'Ctrl+': '⌘', 'Alt+': '⌥', 'Shift+': '⇧' }

/** The same for people: `Strg+Z` in German, `⌘⇧Z` where that is the custom. `t` gives the texts of the window. */
export function keyLabel(keys: string, t: (text: string) => string): string {
  return keys.replace(/[A-Z][a-z]\w+(\+?)/g, (key, plus: string) => {
    const sign = arrows[key] ?? (isMac ? macSigns[key] : undefined)
    return sign ?? t(`shortcuts.keyNames.${key.replace('+', '')}`) + plus
  })
}

/** Whether an element is a field that is typed into. */
export function isTyping(element: Element | null): boolean {
  const fields = 'input:not([type=range], [type=checkbox], [type=radio]), textarea, select'
  return element?.closest(fields) != null
}

/** Whether keys belong to what has the focus: a field that is typed into, or an open menu or dialog. */
function isTaken(event: KeyboardEvent): boolean {
  const target = event.target instanceof Element ? event.target : document.body
  const typing = isTyping(target)
  const presses = event.key === ' ' || event.key === 'Enter'
  if (
    presses &&
    target.closest('button, [role=button], [role=switch], [type=radio]')?.matches(':focus-visible')
  )
    return true
  // These go through a choice of one among a few.
  if (event.key.startsWith('Arrow') && target.closest('[type=radio]') !== null) return true
  const control = event.ctrlKey || event.metaKey || event.altKey
  return (typing && !(control && !/^[acvxyz]$/i.test(event.key))) || target.closest('[role=menu]') !== null
}

/**
 * Keys that work wherever the focus is, while the component is there and `active`; they rest while a dialog is open, or
 * one types.
 */
export function useKeys(
  table: Readonly<Record<string, (event: KeyboardEvent) => void>>,
  active: () => boolean = () => true,
): void {
  function listen(event: KeyboardEvent): void {
    const act = table[pressed(event)]
    if (act === undefined || !active() || event.defaultPrevented || isTaken(event)) return
    if (document.querySelector('[role=dialog]') !== null) return
    event.preventDefault()
    act(event)
  }
  onMounted(() => window.addEventListener('keydown', listen))
  onBeforeUnmount(() => window.removeEventListener('keydown', listen))
}
