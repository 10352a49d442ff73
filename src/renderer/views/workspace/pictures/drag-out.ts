import { onBeforeUnmount, watch } from 'vue'
import type { ExportedFile } from '../../../../shared/exports.ts'

/**
 * Lets a picture be dragged out of the window as the file that it would be exported as. A drag has to know its file when it
 * begins, so that is made when the pointer comes near; until then the browser drags the picture as it is shown.
 *
 * @param of - What the picture is of, by which a file is known to be of it; null for what is not dragged.
 */
export function useDragOut(of: () => string | null, make: () => Promise<ExportedFile | undefined>) {
  let file: { readonly of: string; readonly address?: string; readonly kind?: string } | undefined

  function forget(): void {
    if (file?.address !== undefined) URL.revokeObjectURL(file.address)
    file = undefined
  }

  async function prepare(): Promise<void> {
    const key = of()
    if (key === null || file?.of === key) return
    forget()
    file = { of: key }
    const made = await make()
    if (made === undefined || file?.of !== key) return
    const { name, type, bytes } = made
    const address = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }))
    file = { of: key, address, kind: `${type}:${name}` }
  }

  /** Chromium makes a file of what such a drag names. */
  function drag(event: DragEvent): void {
    if (file?.address === undefined || file.of !== of()) return
    event.dataTransfer?.setData('DownloadURL', `${file.kind}:${file.address}`)
  }

  watch(of, forget)
  onBeforeUnmount(forget)
  return { prepare, drag }
}
