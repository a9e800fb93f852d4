import { Command, Option } from 'commander'
import type { CommandDefinition } from '../commands/command.js'
import { reporters } from '../reporters/index.js'

/** What was typed, for one command. */
export interface Invocation {
  readonly command: CommandDefinition
  readonly options: Readonly<Record<string, unknown>>
  readonly args: readonly string[]
  readonly passedOn: readonly string[]
}

/** Builds the command line from the list of commands. */
export function buildProgram(
  commands: readonly CommandDefinition[],
  version: string,
  onInvoke: (invocation: Invocation) => Promise<void>,
): Command {
  const program = new Command('safe-migrate')
    .description('prisma migrate, so that no migration loses data unnoticed, and what is lost can be had back')
    .version(version, '-v, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show help for a command')
    .showHelpAfterError('(safe-migrate --help shows every command)')
  const groups = new Map<string, Command>()
  for (const definition of commands) {
    const [group, name] = definition.name.split(' ')
    if (group === undefined) continue
    if (name === undefined) addCommand(program.command(group), definition, onInvoke)
    else addCommand(findGroup(program, groups, group).command(name), definition, onInvoke)
  }
  program.addHelpText('after', HELP_AFTER)
  return program
}

const HELP_AFTER = `
Every command takes --format text|json|github|sarif|markdown|html: the report on stdout, everything else on stderr. --json is --format json.

Exit codes
  0   done
  1   stopped before any change: findings not accepted, declined, no snapshot possible
  2   could not start: usage, configuration, connection, another run
  3   migration failed, restored          4   migration failed, not restored
  5   data lost, restored or salvaged     6   data lost, kept
  70  a bug in safe-migrate`

function reportOption(): Option {
  return new Option('--report <file>', 'write the report to a .html, .md or .json file as well; may be given more than once').argParser(
    (file: string, earlier: readonly string[] = []) => [...earlier, file],
  )
}

function findGroup(program: Command, groups: Map<string, Command>, name: string): Command {
  const known = groups.get(name)
  if (known !== undefined) return known
  const group = program.command(name).description(`work with ${name}s: see ${name} --help`)
  groups.set(name, group)
  return group
}

function addCommand(command: Command, definition: CommandDefinition, onInvoke: (invocation: Invocation) => Promise<void>): void {
  command.description(definition.summary)
  for (const { syntax, summary } of [definition.argument ?? []].flat()) command.argument(syntax, summary)
  for (const { flags, summary, choices } of definition.options) {
    const option = new Option(flags, summary)
    command.addOption(choices === undefined ? option : option.choices(choices))
  }
  const formats = new Option('--format <format>', 'of the report on stdout').choices(Object.keys(reporters)).default('text')
  if (definition.reports === true) command.addOption(reportOption())
  command.addOption(formats).addOption(new Option('--json', 'the same as --format json').implies({ format: 'json' }))
  if (definition.passesOn === true) {
    command.allowUnknownOption().allowExcessArguments().usage('[options] [options for prisma]')
    command.addHelpText('after', `\nOptions that are not listed here go to \`prisma migrate ${definition.name}\`.`)
  }
  if (definition.examples !== undefined)
    command.addHelpText('after', `\nExamples\n${definition.examples.map((line) => `  ${line}`).join('\n')}`)
  command.action(async () => {
    const passedOn = definition.passesOn === true ? command.args : []
    await onInvoke({ command: definition, options: command.opts(), args: definition.passesOn === true ? [] : command.args, passedOn })
  })
}
