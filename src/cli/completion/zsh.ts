/** Completion for zsh. */
import {
  allCommands,
  type CommandDescription,
  namesOf,
  type OptionDescription,
  type ProgramDescription,
  type ValueKind,
} from './program-description.js';

/** The script, to be named `_traffic-mirror` in a folder of zsh's fpath, or sourced. */
export function zshScript(program: ProgramDescription): string {
  return `#compdef traffic-mirror
# Completes traffic-mirror in zsh: put it as _traffic-mirror into a folder of fpath, or source it behind compinit.

_traffic-mirror_ids() {
  local config=\${(Q)\${opt_args[--config]:-$opt_args[-c]}}
  local -a ids
  ids=(\${(f)"$("$service" completion-ids $1 \${config:+--config} \${config:+"$config"} 2>/dev/null </dev/null)"})
  (( $#ids )) && compadd -a ids
}

${allCommands(program).map(commandFunction).join('\n')}
if [[ $funcstack[1] == _traffic-mirror ]]; then
  _traffic-mirror "$@"
else
  compdef _traffic-mirror traffic-mirror
fi
`;
}

function commandFunction(command: CommandDescription): string {
  const { options, values, commands } = command;
  const specs = [
    ...options.map(optionSpec),
    ...values.map(({ name, kind, isRepeated }, index) => {
      return quoted(`${isRepeated ? '*' : index + 1}:${name}:${action(kind)}`);
    }),
    ...(commands.length > 0 ? [quoted('1:command:->command'), quoted('*:: :->rest')] : []),
  ];
  const lines = [
    `${functionOf(command)}() {`,
    '  local curcontext=$curcontext state line',
    '  typeset -A opt_args',
    `  _arguments -C${specs.map((spec) => ` \\\n    ${spec}`).join('')}`,
    ...(commands.length > 0 ? dispatch(commands) : []),
    '}',
    '',
  ];
  return lines.join('\n');
}

function dispatch(commands: readonly CommandDescription[]): string[] {
  return [
    '  case $state in',
    '    command)',
    '      local -a commands',
    '      commands=(',
    ...commands.map(({ name, description }) => `        ${quoted(`${name}:${description}`)}`),
    '      )',
    "      _describe -t commands 'command' commands",
    '      ;;',
    '    rest)',
    '      case $words[1] in',
    ...commands.map((command) => `        ${command.name}) ${functionOf(command)} ;;`),
    '      esac',
    '      ;;',
    '  esac',
  ];
}

/** `'(-c --config)'{-c,--config}'[configuration file]:file:_files'` */
function optionSpec(option: OptionDescription): string {
  const hasValue = option.value !== undefined;
  // --config FILE and --config=FILE.
  const names = namesOf(option).map((name) => (hasValue && name.startsWith('--') ? `${name}=` : name));
  const text = option.description.replace(/[[\]\\]/g, '\\$&');
  const value = option.value === undefined ? '' : `:${option.value.name}:${action(option.value.kind)}`;
  const rest = quoted(`[${text}]${value}`);
  const [first = ''] = names;
  return names.length === 1
    ? `${quoted(first)}${rest}`
    : `${quoted(`(${namesOf(option).join(' ')})`)}{${names.join(',')}}${rest}`;
}

function action(kind: ValueKind): string {
  switch (kind.kind) {
    case 'file':
      return '_files';
    case 'directory':
      return '_files -/';
    case 'id':
      // The space keeps zsh from adding arguments of its own.
      return ` _traffic-mirror_ids ${kind.of}`;
    case 'words':
      return `(${kind.words.join(' ')})`;
    case 'text':
      return ' ';
  }
}

function functionOf({ path }: CommandDescription): string {
  return ['_traffic-mirror', ...path.split(' ').filter((part) => part !== '')].join('_');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
