import { session } from 'electron'
import type { AskProxy } from '../node/downloads/tunnel.ts'

/** What the system's settings, or a script that they name, say of the proxies for an address. Once the app is ready. */
export const askSystemProxy: AskProxy = (address) => session.defaultSession.resolveProxy(address)
