import { onBeforeUnmount, onMounted } from 'vue'
import { useI18n } from 'vue-i18n'
import { isTyping } from './keys.ts'

/** What browsers call every picture that was copied without a file. */
const unnamed = 'image.png'

/**
 * Takes the files of the clipboard when they are pasted, while the component is there; not where one types.
 *
 * @param isFor - Whether they are for the component now. What lies behind a dialog takes nothing.
 */
export function usePastedFiles(take: (files: readonly File[]) => void, isFor = noDialogOpen): void {
  const { t } = useI18n()

  function paste(event: ClipboardEvent): void {
    const files = [...(event.clipboardData?.files ?? [])]
    if (files.length === 0 || isTyping(document.activeElement) || !isFor()) return
    take(files.map((file) => (file.name === unnamed ? renamed(file, `${t('drop.pasted')}.png`) : file)))
  }
  onMounted(() => window.addEventListener('paste', paste))
  onBeforeUnmount(() => window.removeEventListener('paste', paste))
}

const noDialogOpen = () => document.querySelector('[role=dialog]') === null

function renamed(file: File, name: string): File {
  return new File([file], name, { type: file.type })
}
