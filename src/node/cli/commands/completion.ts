import { Argument, Command } from 'commander'
import { completionScript, type Shell, shells } from '../completion.ts'
import type { CommandContext } from '../context.ts'

/** `mien completion`: prints a script for the shell. */
export function completionCommand({ terminal }: CommandContext): Command {
  return new Command('completion')
    .summary('print the completion script of a shell')
    .description('Prints a script that lets the shell complete commands and flags.')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .addHelpText(
      'after',
      `
Examples:
  source <(mien completion bash)      (in ~/.bashrc)
  source <(mien completion zsh)       (in ~/.zshrc)
  mien completion fish | source       (in ~/.config/fish/config.fish)`,
    )
    .action((shell: Shell, _options: object, command: Command) => {
      terminal.print(completionScript(command.parent!, shell).trimEnd())
    })
}
