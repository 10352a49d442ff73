import {
  type CommandName,
  commandNames,
  type Parameters,
  type Service,
  writesToProject,
} from '../../shared/contract.ts'
import type { ProjectStore } from '../projects/project-store.ts'

/**
 * The service, whose commands that write to a project do so with its lock in hand alone. Which these are, the contract says
 * of every command; they need no check of their own.
 */
export function heldToOwners(service: Service, projects: Pick<ProjectStore, 'owned'>): Service {
  const held = <C extends CommandName>(name: C) => {
    const command = service[name] as (parameters: Parameters<C>) => Promise<unknown>
    if (!writesToProject(name)) return command
    return (parameters: Parameters<C>) =>
      projects.owned((parameters as { readonly project: string }).project, () => command(parameters))
  }
  return Object.fromEntries(commandNames.map((name) => [name, held(name)])) as unknown as Service
}
