import * as v from 'valibot'
import { MienError } from '../../engine/errors.ts'
import type { Outcome } from '../../shared/bridge.ts'
import { contract, isCommandName, type Service } from '../../shared/contract.ts'
import type { Failure } from '../../shared/failure.ts'

/** Told of every defect, with all that is known; the window gets a sentence only. */
export type Report = (command: string, defect: unknown) => void

/**
 * Calls a command of the service for a window: checks its name and parameters, and afterwards its result. Never rejects.
 */
export async function dispatch(
  service: Service,
  name: string,
  parameters: unknown,
  report: Report,
): Promise<Outcome> {
  if (!isCommandName(name)) return { failure: wrongUse('There is no such command.') }
  const row = contract[name]
  const asked = isPlain(parameters) ? v.safeParse(row.parameters, parameters) : undefined
  if (!asked?.success) return { failure: wrongUse(`The parameters of ${name} are not as they should be.`) }
  try {
    const given = await service[name](asked.output as never)
    return { ok: v.parse(row.result, given) }
  } catch (error) {
    if (error instanceof MienError) return { failure: failureOf(error) }
    report(name, error)
    return { failure: unexpected }
  }
}

/** An error of Mien as it crosses to the window. */
export function failureOf({ code, message, hint }: MienError): Failure {
  return { code, message, hint: hint ?? null }
}

/** What the window is told of a defect: neither paths nor anything else that the user cannot use. */
const unexpected: Failure = {
  code: 'unexpected',
  message: 'Something went wrong that should not: this is a bug in Mien.',
  hint: 'Try it again; what was saved is safe. If it stays so, start Mien from a terminal and report what it prints.',
}

function wrongUse(message: string): Failure {
  return { code: 'wrong-use', message, hint: null }
}

/** Schemas of objects take arrays, maps and instances of classes as well. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
