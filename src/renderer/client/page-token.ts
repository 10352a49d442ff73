const key = 'mien-token'

/**
 * The token that the host gave in the fragment of the address. It is kept for this tab, so that a reload works, and taken
 * out of the address, so that it is neither shown nor copied with it.
 */
export function pageToken(): string {
  const given = new URLSearchParams(location.hash.slice(1)).get('token')
  if (given !== null) {
    sessionStorage.setItem(key, given)
    history.replaceState(null, '', location.pathname)
  }
  return given ?? sessionStorage.getItem(key) ?? ''
}
