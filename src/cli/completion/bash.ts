/** Completion for bash, without the package bash-completion. */
import {
  allCommands,
  type CommandDescription,
  namesOf,
  type ProgramDescription,
  type ValueKind,
} from './program-description.js';

/** The script, to be sourced. */
export function bashScript(program: ProgramDescription): string {
  const commands = allCommands(program);
  return `# Completes traffic-mirror in bash: source it, or put it into /usr/share/bash-completion/completions.

_traffic_mirror() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous= path= config= kind=text words= word i place=0
  COMPREPLY=()
  if [[ $current == = ]]; then current=; fi
  # What was typed so far of the command, without options and their values.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    # --config=FILE are three words.
    if [[ $word == = ]]; then continue; fi
    if [[ -n $previous ]]; then
      case $previous in -c | --config) config=$word ;; esac
      previous=
      continue
    fi
    case "$path:$word" in
${indent(commands.flatMap(subcommandCases), 6)}
${indent(commands.flatMap(valueOptionCases), 6)}
      *:-*) ;;
      *) ((place++)) ;;
    esac
  done

  case "$path:\${previous:-$place}" in
${indent(commands.flatMap(valueCases), 4)}
  esac
  if [[ -z $previous && ($current == -* || $kind == text) ]]; then
    kind=words
    case "$path:$current" in
${indent(commands.map(optionCase), 6)}
${indent(commands.map(commandCase), 6)}
    esac
  fi

  case $kind in
    words) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
    file) _traffic_mirror_files -f "$current" ;;
    directory) _traffic_mirror_files -d "$current" ;;
    source | session) _traffic_mirror_ids "$kind" "$config" "$current" ;;
  esac
}

_traffic_mirror_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
}

# Ids are not given to compgen, which would run what stands in them.
_traffic_mirror_ids() {
  local typed=\${COMP_LINE:0:COMP_POINT} id
  typed=\${typed##*[[:space:]]}
  [[ $typed == --*=* ]] && typed=\${typed#*=}
  while IFS= read -r id; do
    # Of an id with colons, only what is behind the last one is the word that is completed.
    [[ $id == "$typed"* ]] && COMPREPLY+=("$(printf '%q' "\${id#"\${typed%"$3"}"}")")
  done < <("\${COMP_WORDS[0]}" completion-ids "$1" \${2:+--config "$2"} 2>/dev/null </dev/null)
}

complete -F _traffic_mirror traffic-mirror
`;
}

/** `state:verify) path='state verify' ;;` */
function subcommandCases({ path, commands }: CommandDescription): string[] {
  return commands.map((child) => `'${path}:${child.name}') path='${child.path}' place=0 ;;`);
}

/** Options whose next word is their value. */
function valueOptionCases({ path, options }: CommandDescription): string[] {
  const names = options.flatMap((option) => (option.value === undefined ? [] : namesOf(option)));
  return names.length === 0 ? [] : [`${patterns(path, names)}) previous=$word ;;`];
}

/** Cases of the script that complete values: of each option, then of each positional argument by its place. */
function valueCases({ path, options, values }: CommandDescription): string[] {
  const ofOptions = options.flatMap((option) =>
    option.value === undefined
      ? []
      : [`${patterns(path, namesOf(option))}) ${assignment(option.value.kind)} ;;`],
  );
  const ofPlaces = values.map(
    ({ kind, isRepeated }, index) => `'${path}:'${isRepeated ? '[0-9]*' : index}) ${assignment(kind)} ;;`,
  );
  return [...ofOptions, ...ofPlaces];
}

function optionCase({ path, options }: CommandDescription): string {
  return `'${path}:-'*) words='${options.flatMap(namesOf).join(' ')}' ;;`;
}

function commandCase({ path, commands }: CommandDescription): string {
  return `'${path}:'*) words='${commands.map(({ name }) => name).join(' ')}' ;;`;
}

function assignment(kind: ValueKind): string {
  if (kind.kind === 'id') return `kind=${kind.of}`;
  return kind.kind === 'words' ? `kind=words words='${kind.words.join(' ')}'` : `kind=${kind.kind}`;
}

function patterns(path: string, names: readonly string[]): string {
  return names.map((name) => `'${path}:${name}'`).join(' | ');
}

function indent(lines: readonly string[], by: number): string {
  return lines.map((line) => ' '.repeat(by) + line).join('\n');
}
