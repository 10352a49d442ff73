import type { ExportedFile } from '../../shared/exports.ts'

/** Long enough for a browser to begin with a download; then the bytes are let go. */
const kept = 60_000

/** Gives a file to the browser, which puts it where it puts downloads. */
export function browserDownload({ name, type, bytes }: ExportedFile): void {
  const address = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), kept)
}
