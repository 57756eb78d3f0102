/** Completion for fish. */
import {
  allCommands,
  type CommandDescription,
  namesOf,
  type OptionDescription,
  type ProgramDescription,
  type ValueKind,
} from './program-description.js';

/** The script, for a folder of fish's completions. */
export function fishScript(program: ProgramDescription): string {
  const commands = allCommands(program);
  return `# Completes traffic-mirror in fish: put it into ~/.config/fish/completions, or source it.

function __traffic_mirror_path --description 'The commands that were typed'
    set -l path ''
    set -l is_value no
    for word in (commandline -opc)[2..-1]
        if test $is_value = yes
            set is_value no
            continue
        end
        switch "$path:$word"
${commands.flatMap(pathCases).map(indented(12)).join('\n')}
        end
    end
    echo $path
end

function __traffic_mirror_at
    set -l path (__traffic_mirror_path)
    test "$path" = "$argv[1]"
end

function __traffic_mirror_ids
    set -l words (commandline -opc)
    set -l config
    for i in (seq (count $words))
        switch $words[$i]
            case -c --config
                set config --config $words[(math $i + 1)]
            case '--config=*'
                set config $words[$i]
        end
    end
    $words[1] completion-ids $argv[1] $config 2>/dev/null </dev/null
end

complete -c traffic-mirror -f
${commands.flatMap(completionsOf).join('\n')}
`;
}

function pathCases({ path, commands, options }: CommandDescription): string[] {
  const names = options.flatMap((option) => (option.value === undefined ? [] : namesOf(option)));
  return [
    ...commands.flatMap((child) => [
      `case ${quoted(`${path}:${child.name}`)}`,
      `    set path ${quoted(child.path)}`,
    ]),
    ...(names.length === 0
      ? []
      : [`case ${names.map((name) => quoted(`${path}:${name}`)).join(' ')}`, '    set is_value yes']),
  ];
}

function completionsOf({ path, commands, options, values }: CommandDescription): string[] {
  const at = `complete -c traffic-mirror -n ${quoted(`__traffic_mirror_at ${quoted(path)}`)}`;
  return [
    ...commands.map(({ name, description }) => `${at} -a ${name} -d ${quoted(description)}`),
    ...options.map((option) => `${at}${optionFlags(option)} -d ${quoted(option.description)}`),
    ...values.flatMap(({ kind }) => (kind.kind === 'text' ? [] : [`${at} ${valueFlags(kind)}`])),
  ];
}

function optionFlags({ short, long, value }: OptionDescription): string {
  return [
    short === undefined ? '' : ` -s ${short.slice(1)}`,
    long === undefined ? '' : ` -l ${long.slice(2)}`,
    value === undefined ? '' : ` -r ${valueFlags(value.kind)}`,
  ].join('');
}

function valueFlags(kind: ValueKind): string {
  switch (kind.kind) {
    case 'file':
      return '-F';
    case 'directory':
      return "-f -a '(__fish_complete_directories)'";
    case 'id':
      return `-f -a '(__traffic_mirror_ids ${kind.of})'`;
    case 'words':
      return `-f -a ${quoted(kind.words.join(' '))}`;
    case 'text':
      return '-f';
  }
}

function indented(by: number): (line: string) => string {
  return (line) => ' '.repeat(by) + line;
}

/** Between single quotes, fish knows two escapes: of the quote, and of the backslash. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
