import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { MienError } from '../../engine/errors.ts'
import type { Service } from '../../shared/contract.ts'
import type { EventReaders } from '../../shared/event-queue.ts'
import { newToken } from '../host/loopback-guard.ts'
import type { Report } from '../hosts/dispatch.ts'
import type { Uploads } from '../hosts/uploads.ts'
import { readWindowFiles } from '../hosts/window-files.ts'
import { answering } from './answering.ts'
import { oneTimeCodes } from './one-time-codes.ts'

export interface WebHostOptions {
  readonly service: Service
  readonly events: EventReaders
  readonly uploads: Uploads
  /** Where the built window lies. */
  readonly windowFolder: string
  /** A free one if none is asked for. */
  readonly port?: number | undefined
  /** What a page must know to be heard; drawn by chance if it is not given. */
  readonly token?: string | undefined
  readonly report: Report
}

export interface WebHost {
  /** What a browser opens; the token is in its fragment. */
  readonly url: string
  /**
   * An address that opens the window once, within a minute: for a browser that is handed it as an argument, which other
   * users of the machine can read.
   */
  openingUrl(): string
  readonly port: number
  close(): Promise<void>
}

/** Whole checkpoints come over slow tunnels; in milliseconds. */
const longestRequest = 6 * 3600_000

/**
 * Serves the window and the service to browsers on this machine.
 *
 * @throws MienError 'wrong-use' if the port is taken, 'unreadable-file' if the window was not built.
 */
export async function startWebHost(options: WebHostOptions): Promise<WebHost> {
  const files = await readWindowFiles(options.windowFolder)
  const token = options.token ?? newToken()
  const codes = oneTimeCodes()
  const answer = answering({ ...options, files, token, codes })
  const servers: Server[] = []

  async function listen(address: string, wanted: number): Promise<number> {
    const server = createServer({ requestTimeout: longestRequest }, answer.listener)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ host: address, port: wanted, exclusive: true }, resolve)
    })
    servers.push(server)
    const { port } = server.address() as AddressInfo
    return port
  }

  async function close(): Promise<void> {
    answer.end()
    await Promise.all(
      servers.map((server) => {
        const closed = new Promise((resolve) => server.close(resolve))
        server.closeAllConnections()
        return closed
      }),
    )
  }

  try {
    const port = await listen('127.0.0.1', options.port ?? 0)
    // Some machines have no IPv6; where there is, nobody else may answer for "localhost" at this port.
    await listen('::1', port).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') throw error
    })
    const page = `http://127.0.0.1:${port}/`
    return { url: `${page}#token=${token}`, openingUrl: () => `${page}#code=${codes.draw()}`, port, close }
  } catch (error) {
    await close()
    throw portFault(error, options.port)
  }
}

function portFault(error: unknown, port: number | undefined): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return error
  const why = code === 'EADDRINUSE' ? 'is in use' : 'may not be used'
  return new MienError('wrong-use', `The port ${port ?? ''} ${why}.`, {
    hint: 'Choose another with --port, or none: then a free one is taken.',
    cause: error,
  })
}
