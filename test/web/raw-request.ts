import { connect } from 'node:net'

export interface RawAnswer {
  /** 0 if the connection was closed without an answer. */
  readonly status: number
  readonly head: string
  readonly body: string
}

/** Sends exactly these bytes to a port of this machine and takes what comes back, at most until `limit` bytes came. */
export function rawRequest(
  port: number,
  text: string | Uint8Array,
  address = '127.0.0.1',
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: address })
    let got = ''
    const done = () => {
      socket.destroy()
      const [head = '', ...rest] = got.split('\r\n\r\n')
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0), head, body: rest.join('\r\n\r\n') })
    }
    socket.setEncoding('latin1')
    socket.on('data', (data) => {
      got += data
      // The stream of events does not end by itself; its head and first frame are enough.
      if (/chunked/i.test(got) && got.includes('\r\n\r\n')) done()
    })
    socket.on('close', done)
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? done() : reject(error),
    )
    socket.setTimeout(20_000, () => reject(new Error('no answer')))
    socket.write(text)
  })
}

/** An HTTP request as its bytes are; headers with the value undefined are left out. */
export function requestText(
  method: string,
  target: string,
  headers: readonly (readonly [name: string, value: string | undefined])[],
  body = '',
): Buffer {
  const lines = headers.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]))
  const length = method === 'POST' ? [`Content-Length: ${Buffer.byteLength(body, 'latin1')}`] : []
  const head = [`${method} ${target} HTTP/1.1`, ...lines, ...length, 'Connection: close', '', ''].join('\r\n')
  return Buffer.from(head + body, 'latin1')
}
