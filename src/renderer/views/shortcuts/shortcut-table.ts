/** A key or several, and the key of its text in the locales. */
export interface Shortcut {
  readonly keys: readonly string[]
  readonly text: string
}

export interface ShortcutGroup {
  /** The key of its heading in the locales. */
  readonly title: string
  readonly shortcuts: readonly Shortcut[]
}

const shortcut = (text: string, ...keys: string[]): Shortcut => ({ keys, text })

export const windowShortcuts: readonly ShortcutGroup[] = [
  {
    title: 'shortcuts.everywhere',
    shortcuts: [
      shortcut('shortcuts.paste', 'Ctrl+V'),
      shortcut('shortcuts.goGallery', 'Alt+1'),
      shortcut('shortcuts.goModels', 'Alt+2'),
      shortcut('shortcuts.goSettings', 'Alt+3', 'Ctrl+,'),
      shortcut('shortcuts.help', '?'),
    ],
  },
  {
    title: 'shortcuts.gallery',
    shortcuts: [
      shortcut('shortcuts.new', 'Ctrl+O'),
      shortcut('shortcuts.search', '/', 'Ctrl+F'),
      shortcut('shortcuts.move', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'),
      shortcut('shortcuts.extend', 'Shift+ArrowRight'),
      shortcut('shortcuts.selectAll', 'Ctrl+A'),
      shortcut('shortcuts.clear', 'Escape'),
      shortcut('shortcuts.open', 'Enter'),
      shortcut('shortcuts.rename', 'F2'),
      shortcut('shortcuts.duplicate', 'Ctrl+D'),
      shortcut('shortcuts.export', 'Ctrl+E'),
      shortcut('shortcuts.remove', 'Delete'),
      shortcut('shortcuts.menu', 'Shift+F10'),
    ],
  },
  {
    title: 'shortcuts.workspace',
    shortcuts: [
      shortcut('workspace.keys.start', 'Space'),
      shortcut('workspace.keys.finish', 'F'),
      shortcut('workspace.keys.group', '1', '9'),
      shortcut('workspace.keys.weight', '[', ']'),
      shortcut('workspace.keys.compare', 'C'),
      shortcut('workspace.keys.overlay', 'O'),
      shortcut('workspace.keys.heat', 'H'),
      shortcut('workspace.keys.zoom', '+', '-', '0'),
      shortcut('workspace.keys.full', 'Shift+F'),
      shortcut('workspace.keys.moment', ',', '.'),
      shortcut('workspace.keys.branch', 'B'),
      shortcut('workspace.keys.swap', 'X'),
      shortcut('workspace.keys.variations', 'V'),
      shortcut('workspace.keys.chart', 'G'),
      shortcut('workspace.keys.undo', 'Ctrl+Z', 'Ctrl+Y'),
      shortcut('workspace.keys.export', 'Ctrl+E'),
    ],
  },
  {
    title: 'workspace.film.title',
    shortcuts: [
      shortcut('workspace.keys.play', 'Space'),
      shortcut('workspace.keys.frame', 'ArrowLeft', 'ArrowRight'),
      shortcut('workspace.keys.frames', 'Shift+ArrowLeft', 'Shift+ArrowRight'),
      shortcut('workspace.keys.keyFrame', ',', '.'),
      shortcut('workspace.keys.range', 'I', 'O'),
      shortcut('workspace.keys.overlay', 'L'),
    ],
  },
  {
    title: 'shortcuts.crop',
    shortcuts: [
      shortcut('workspace.keys.square', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'),
      shortcut('workspace.keys.scale', '+', '-'),
      shortcut('workspace.keys.turn', ',', '.'),
      shortcut('workspace.keys.undo', 'Ctrl+Z', 'Ctrl+Y'),
      shortcut('workspace.keys.done', 'Ctrl+Enter'),
    ],
  },
]
