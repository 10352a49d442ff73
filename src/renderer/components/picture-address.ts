import { onBeforeUnmount, type Ref, shallowRef, watch } from 'vue'

/**
 * A blob address for a picture from encoded bytes; null where there is none. The old one stays until the new picture is
 * decoded, so that a live picture never flickers; addresses are given back, the last with the component.
 */
export function usePictureAddress(bytes: () => Uint8Array | null): Readonly<Ref<string | null>> {
  const address = shallowRef<string | null>(null)
  let awaited: string | null = null

  function forget(url: string | null): void {
    if (url !== null) URL.revokeObjectURL(url)
  }

  async function show(picture: Uint8Array | null): Promise<void> {
    forget(awaited)
    if (picture === null) {
      awaited = null
      forget(address.value)
      address.value = null
      return
    }
    const url = URL.createObjectURL(new Blob([picture as Uint8Array<ArrayBuffer>]))
    awaited = url
    const image = new Image()
    image.src = url
    await image.decode().catch(() => undefined)
    if (awaited !== url) return
    awaited = null
    forget(address.value)
    address.value = url
  }

  watch(bytes, show, { immediate: true })
  onBeforeUnmount(() => {
    forget(awaited)
    forget(address.value)
    awaited = null
  })
  return address
}
