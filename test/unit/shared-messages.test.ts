import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventQueue, eventReaders, type ServiceEvent } from '../../src/shared/event-queue.ts'
import { frame, frameReader } from '../../src/shared/frame-stream.ts'
import { decode, encode } from '../../src/shared/message-codec.ts'

const bytes = fc.uint8Array({ maxLength: 40 })
const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.string(),
    fc.string().map((text) => `\0${text}`),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (x === 0 ? 0 : x)),
    fc.boolean(),
    fc.constant(null),
    bytes,
    fc.array(tie('value')),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
      { noNullPrototype: true },
    ),
  ),
})).value

/** A message by hand. */
function message(json: unknown, ...arrays: number[][]): Uint8Array {
  const text = new TextEncoder().encode(typeof json === 'string' ? json : JSON.stringify(json))
  const whole = new Uint8Array([0, 0, 0, 0, ...text, ...arrays.flat()])
  new DataView(whole.buffer).setUint32(0, text.length, true)
  return whole
}

describe('messages', () => {
  test('come back as they were', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(decode(encode(value))).toEqual(value)
      }),
      { numRuns: 300 },
    )
  })

  test('are read from the middle of a buffer, without a copy of their arrays', () => {
    const encoded = encode({ picture: new Uint8Array([1, 2, 3]) })
    const around = new Uint8Array(encoded.length + 7)
    around.set(encoded, 3)
    const { picture } = decode(around.subarray(3, 3 + encoded.length)) as { picture: Uint8Array }
    expect([...picture]).toEqual([1, 2, 3])
    expect(picture.buffer).toBe(around.buffer)
  })

  test('of Buffers hold bytes, not their JSON', () => {
    expect(decode(encode({ a: Buffer.from('xy') }))).toEqual({ a: new Uint8Array([120, 121]) })
  })

  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['a header alone', new Uint8Array([9, 0, 0, 0])],
    ['a length beyond its end', new Uint8Array([255, 255, 255, 255, 1])],
    ['no JSON', message('{')],
    ['bad UTF-8', new Uint8Array([1, 0, 0, 0, 0xff])],
    ['null', message('null')],
    ['no lengths', message({ value: 1 })],
    ['lengths that are negative', message({ lengths: [-1], value: 1 })],
    ['lengths that are no numbers', message({ lengths: ['1'], value: 1 }, [1])],
    ['an array too short', message({ lengths: [2], value: '\x000' }, [1])],
    ['an array too long', message({ lengths: [2], value: '\x000' }, [1, 2, 3])],
    ['lengths beyond all numbers', message({ lengths: [2 ** 53 - 1, 2 ** 53 - 1], value: 1 })],
    ['more arrays than any message has', message({ lengths: Array(10_001).fill(0), value: 1 })],
    ['a reference to no array', message({ lengths: [1], value: '\x001' }, [1])],
    ['a reference by a name', message({ lengths: [], value: '\0length' })],
    ['a prototype', message('{"lengths":[],"value":{"__proto__":{"polluted":true}}}')],
    ['a prototype deep within', message('{"lengths":[],"value":[[{"a":{"__proto__":1}}]]}')],
    ['depth', message(`{"lengths":[],"value":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)],
  ])('with %s are refused', (_name, damaged) => {
    expect(() => decode(damaged)).toThrow(expect.objectContaining({ name: 'MienError', code: 'wrong-use' }))
    expect(({} as { polluted?: true }).polluted).toBeUndefined()
  })

  test('that were changed anywhere are read or refused, and nothing else', () => {
    const sound = encode({ name: 'Ada', picture: new Uint8Array([1, 2, 3]), list: [1, '\0', null] })
    for (let at = 0; at < sound.length; at++) {
      for (const flip of [1, 2, 128, 255]) {
        const changed = sound.slice()
        changed[at]! ^= flip
        try {
          decode(changed)
        } catch (error) {
          expect(error).toMatchObject({ name: 'MienError', code: 'wrong-use' })
        }
      }
    }
  })
})

describe('frames', () => {
  test('become whole however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(bytes), fc.array(fc.integer({ min: 1, max: 9 })), (messages, cuts) => {
        const stream = Buffer.concat(messages.map(frame))
        const read = frameReader(40)
        const found: Uint8Array[] = []
        for (let at = 0, i = 0; at < stream.length; i++) {
          const length = cuts[i % cuts.length] ?? stream.length
          found.push(...read(stream.subarray(at, at + length)))
          at += length
        }
        expect(found.map((one) => [...one])).toEqual(messages.map((one) => [...one]))
      }),
      { numRuns: 300 },
    )
  })

  test('longer than the limit are refused before anything is made of them', () => {
    expect(() => frameReader(10)(new Uint8Array([255, 255, 255, 255]))).toThrow(/longer than 10/)
  })
})

const metrics = (run: string, ...steps: number[]): ServiceEvent => ({
  name: 'run.metrics',
  data: {
    run,
    rows: steps.map((step) => ({ step, seconds: 1, perceptual: 1, landmark: 1, noiseReg: 1, loss: 1 })),
    changes: [{ step: steps[0]!, kind: 'weights' }],
  },
})
const preview = (run: string, step: number): ServiceEvent => ({
  name: 'run.preview',
  data: { run, step, image: new Uint8Array([step]), points: null },
})
const notice = (message: string): ServiceEvent => ({ name: 'notice', data: { message } })

/** All that can be read at once. */
async function unread(queue: ReturnType<typeof eventQueue>): Promise<ServiceEvent[]> {
  queue.push(notice('the end'))
  const events: ServiceEvent[] = []
  for (;;) {
    const event = (await queue.next())!
    if (event.name === 'notice' && event.data.message === 'the end') return events
    events.push(event)
  }
}

describe('the queue of a reader', () => {
  test('keeps the newest preview of each run, and every notice in its order', async () => {
    const queue = eventQueue()
    for (const event of [preview('a', 1), notice('1'), preview('b', 1), preview('a', 2), notice('2')])
      queue.push(event)
    expect(await unread(queue)).toEqual([notice('1'), preview('b', 1), preview('a', 2), notice('2')])
  })

  test('joins the metrics of a run without losing a step', async () => {
    const queue = eventQueue()
    for (const event of [metrics('a', 1, 2), metrics('b', 1), metrics('a', 3)]) queue.push(event)
    const [b, a] = await unread(queue)
    expect(b).toEqual(metrics('b', 1))
    expect(a).toMatchObject({ data: { rows: [{ step: 1 }, { step: 2 }, { step: 3 }] } })
    expect(a).toMatchObject({ data: { changes: [{ step: 1 }, { step: 3 }] } })
  })

  test('is bounded whatever comes while nobody reads', async () => {
    const queue = eventQueue()
    for (let step = 0; step < 10_000; step++) {
      queue.push(metrics('a', step))
      queue.push(preview('a', step))
    }
    const events = await unread(queue)
    expect(events).toHaveLength(2)
    const [joined] = events
    expect(joined!.name === 'run.metrics' && joined.data.rows.length).toBeLessThanOrEqual(4000)
    expect(joined!.name === 'run.metrics' && joined.data.rows.at(-1)!.step).toBe(9_999)
  })

  test('closes when its reader is too far behind, and one that waits is let go', async () => {
    const queue = eventQueue()
    for (let i = 0; i <= 10_000; i++) queue.push(notice(`${i}`))
    expect(await queue.next()).toBeUndefined()

    const other = eventQueue()
    const waiting = other.next()
    other.close()
    expect(await waiting).toBeUndefined()
  })

  test('belongs to one reader: another is not held up by it', async () => {
    const readers = eventReaders()
    const [slow, quick] = [readers.open(), readers.open()]
    const first = quick.next()
    readers.emit('run.preview', preview('a', 1).data as never)
    expect(await first).toEqual(preview('a', 1))
    readers.emit('run.preview', preview('a', 2).data as never)
    expect(await quick.next()).toEqual(preview('a', 2))
    expect(await slow.next()).toEqual(preview('a', 2))
    slow.close()
    readers.emit('models', {})
    expect(await slow.next()).toBeUndefined()
    expect(await quick.next()).toEqual({ name: 'models', data: {} })
  })
})
