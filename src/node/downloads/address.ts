import { MienError } from '../../engine/errors.ts'

/** Which addresses may be fetched. */
export interface AddressRules {
  /** Whether the catalogue is one of the user's own, in which this machine and its files may stand. */
  readonly own: boolean
  /** Hosts of the catalogue, with their ports. */
  readonly hosts: ReadonlySet<string>
}

const loopback = /^(127\.0\.0\.1|\[::1\])$/

/** Throws MienError 'download' for an address that is neither encrypted nor, with a catalogue of one's own, of this machine. */
export function requireAllowed(address: URL, { own, hosts }: AddressRules): void {
  const local =
    address.protocol === 'file:' || (address.protocol === 'http:' && loopback.test(address.hostname))
  if (!/^(https?|file):$/.test(address.protocol)) {
    throw new MienError('download', `${address.href} is no address that Mien fetches from.`, {
      name: address.href,
      hint: 'A file of this machine is named as in file:///C:/models/ffhq.pkl, one of a server by https.',
    })
  }
  if (address.protocol !== 'https:' && !(own && local)) {
    throw new MienError('download', `${address.href} may not be fetched: it is not encrypted.`, {
      name: address.href,
      hint: 'Only https is, and with a catalogue of your own file: and http of 127.0.0.1 and [::1].',
    })
  }
  if (!hosts.has(address.host)) {
    throw new MienError('download', `${address.href} may not be fetched: its host is not in the catalogue.`, {
      name: address.href,
      hint: 'Fetch the file elsewhere, and drop it on the models page.',
    })
  }
}

/**
 * Where an answer leads. Throws MienError 'download' as `requireAllowed`, and where it leads to a file or out of the
 * encryption.
 */
export function nextAddress(from: URL, location: string, rules: AddressRules): URL {
  if (!URL.canParse(location, from.href)) return badTurn(from, location)
  const to = new URL(location, from)
  requireAllowed(to, rules)
  if (to.protocol === 'file:' || (from.protocol === 'https:' && to.protocol !== 'https:')) {
    return badTurn(from, to.href)
  }
  return to
}

function badTurn(from: URL, to: string): never {
  throw new MienError('download', `${from.host} leads to ${to}, where Mien does not follow.`, {
    name: from.href,
    hint: 'Fetch the file elsewhere, and drop it on the models page.',
  })
}

/** What the file at an address is called: the last part of its path, without what a file system would act on. */
export function fileNameOf(address: URL): string {
  const last = address.pathname.split('/').at(-1) ?? ''
  const decoded = decodedOr(last)
  return (
    decoded
      .replace(/[^\w.+-]+/g, '-')
      .replace(/^\.+/, '')
      .slice(-120) || 'download'
  )
}

function decodedOr(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
