import type { Command, Option } from 'commander'

/** Shells for which a completion can be printed. */
export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** A script that completes commands, their flags, and the values of flags that have a fixed list. */
export function completionScript(program: Command, shell: Shell): string {
  const commands = program.commands.filter((command) => command.name() !== 'help')
  if (shell === 'fish') return fishScript(commands)
  const bash = bashScript(commands)
  // zsh runs bash completions through its own emulation.
  return shell === 'zsh' ? `autoload -U +X bashcompinit && bashcompinit\n${bash}` : bash
}

function bashScript(commands: readonly Command[]): string {
  const names = commands.map((command) => command.name()).join(' ')
  const flags = commands.map(
    (command) =>
      `    ${command.name()}) flags="${flagsOf(command).join(' ')}" words="${argumentWords(command)}" ;;`,
  )
  const values = [...valueLists(commands)].map(([flag, list]) => `    ${flag}) words="${list.join(' ')}" ;;`)
  return `# Completion for mien. Load it with: source <(mien completion bash)
_mien() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words="" flags=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${names} --help --version" -- "$word"))
    return
  fi
  case "$before" in
${values.join('\n')}
  esac
  if [ -n "$words" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${flags.join('\n')}
  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$word")) ;;
    *) COMPREPLY=($(compgen -f -W "$words" -- "$word")) ;;
  esac
}
complete -o filenames -o bashdefault -F _mien mien
`
}

function fishScript(commands: readonly Command[]): string {
  const lines = ['# Completion for mien. Load it with: mien completion fish | source']
  for (const command of commands) {
    const name = command.name()
    lines.push(`complete -c mien -n __fish_use_subcommand -f -a ${name} -d ${quoted(command.summary())}`)
    const here = `complete -c mien -n '__fish_seen_subcommand_from ${name}'`
    for (const option of visible(command)) {
      const list = option.argChoices
      const values = list === undefined ? (option.required ? ' -r' : '') : ` -x -a ${quoted(list.join(' '))}`
      lines.push(`${here} -l ${option.long!.slice(2)}${values} -d ${quoted(option.description)}`)
    }
    const words = argumentWords(command)
    if (words !== '') lines.push(`${here} -f -a ${quoted(words)}`)
  }
  return `${lines.join('\n')}\n`
}

function visible(command: Command): readonly Option[] {
  return command.options.filter((option) => !option.hidden && option.long)
}

function flagsOf(command: Command): readonly string[] {
  return [...visible(command).map((option) => option.long!), '--help']
}

/** The fixed values that a command's argument takes. */
function argumentWords(command: Command): string {
  return command.registeredArguments.flatMap((argument) => argument.argChoices ?? []).join(' ')
}

function valueLists(commands: readonly Command[]): ReadonlyMap<string, readonly string[]> {
  const lists = new Map<string, readonly string[]>()
  for (const option of commands.flatMap(visible)) {
    if (option.argChoices !== undefined) lists.set(option.long!, option.argChoices)
  }
  return lists
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`
}
