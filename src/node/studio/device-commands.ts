import type { Service } from '../../shared/contract.ts'
import type { Device } from '../../shared/models.ts'

/** What can compute on this machine; found out once, and again where that is asked for. */
export function deviceCommands({
  findDevices,
}: {
  readonly findDevices: () => Promise<readonly Device[]>
}): Pick<Service, 'devices.list'> {
  let found: Promise<readonly Device[]> | undefined
  let done = false
  return {
    async 'devices.list'({ again }) {
      // A search that is under way is new enough.
      if (found === undefined || (again && done)) {
        done = false
        found = findDevices().finally(() => {
          done = true
        })
        found.catch(() => {
          found = undefined
        })
      }
      return [...(await found)]
    },
  }
}
