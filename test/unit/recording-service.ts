import { type CommandName, commandNames, type Service } from '../../src/shared/contract.ts'

/** A service whose every command writes down that it was entered, and answers what it is told to. */
export function recordingService(answers: Partial<Service> = {}): {
  readonly service: Service
  readonly entered: CommandName[]
} {
  const entered: CommandName[] = []
  const table = Object.fromEntries(
    commandNames.map((name) => [
      name,
      async (parameters: unknown) => {
        entered.push(name)
        return (answers[name] as ((parameters: unknown) => unknown) | undefined)?.(parameters)
      },
    ]),
  )
  return { service: table as unknown as Service, entered }
}
