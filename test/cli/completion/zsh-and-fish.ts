/** Completion in zsh and fish themselves, where they are installed. */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { COMMAND, environment, skipWithoutBuild, trafficMirror } from '../../fixtures/live/daemon/command.js';
import { skipWithoutTool } from '../../fixtures/live/oracle/tool.js';

const CONFIG = `
trafficMirrorSessions:
  - { trafficMirrorSessionId: "tms-one", networkInterfaceId: eni-web }
  - { trafficMirrorSessionId: "tms-two", networkInterfaceId: "eni-$(touch pwned)" }
`;

/** A folder with the script, the command, and a configuration. */
function prepare(t: Test, shell: 'zsh' | 'fish'): { directory: string; env: NodeJS.ProcessEnv } {
  const directory = t.testdir({ bin: {}, 'c.yaml': CONFIG, 'in.pcap': '' });
  writeFileSync(
    `${directory}/bin/traffic-mirror`,
    `#!/bin/sh\nexec '${process.execPath}' '${COMMAND}' "$@"\n`,
    {
      mode: 0o755,
    },
  );
  writeFileSync(`${directory}/_traffic-mirror`, trafficMirror('completion', shell).stdout);
  const home = { HOME: directory, ZDOTDIR: directory, XDG_CONFIG_HOME: directory, XDG_DATA_HOME: directory };
  return {
    directory,
    env: { ...environment, ...home, TERM: 'xterm', PATH: `${directory}/bin:${process.env.PATH}` },
  };
}

interface Row {
  readonly line: string;
  readonly has: readonly string[];
  readonly not?: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    line: 'traffic-mirror ',
    has: ['run', 'check', 'top', 'state', 'completion'],
    not: ['completion-ids', 'verify'],
  },
  { line: 'traffic-mirror state ', has: ['verify', 'repair'], not: ['check'] },
  { line: 'traffic-mirror check --', has: ['--config', '--json'], not: ['--source'] },
  { line: 'traffic-mirror completion ', has: ['bash', 'zsh', 'fish'] },
  { line: 'traffic-mirror explain -c c.yaml --source ', has: ['eni-web'], not: ['tms-one'] },
  { line: 'traffic-mirror replay --in ', has: ['in.pcap'] },
];

function check(t: Test, rows: readonly Row[], directory: string, offers: (line: string) => string): void {
  for (const { line, has, not = [] } of rows) {
    const offered = offers(line).split(/\s+/);
    for (const word of has) t.ok(offered.includes(word), `${line}: ${word} in ${offered.join(' ')}`);
    for (const word of not) t.notOk(offered.includes(word), `${line}: not ${word}`);
  }
  t.notOk(existsSync(`${directory}/pwned`), 'what stands in ids is not run');
}

t.test('fish', { skip: skipWithoutBuild || skipWithoutTool('fish') }, async (t) => {
  const { directory, env } = prepare(t, 'fish');
  const offers = (line: string): string => {
    const program = `source _traffic-mirror; complete -C '${line}'`;
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', program], {
      encoding: 'utf8',
      env,
      cwd: directory,
    });
    t.equal(stderr, '', line);
    return stdout;
  };
  check(t, ROWS, directory, offers);
  const syntax = spawnSync('fish', ['--no-execute', `${directory}/_traffic-mirror`], {
    encoding: 'utf8',
    env,
  });
  t.equal(syntax.status, 0, syntax.stderr);
});

/**
 * zsh completes only in its line editor, so one runs on a terminal of its own (zpty). A key is bound to listing what there
 * is; nothing else is typed before the list has come, since zsh shows none while keys wait.
 */
const ZSH_DRIVER = String.raw`
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1=; PROMPT_EOL_MARK=; cd $PWD; fpath=($PWD \$fpath); autoload -Uz compinit; compinit -u -D; LISTMAX=10000; setopt no_beep; unset zle_bracketed_paste"
zpty -w z 'show() { zle list-choices; zle -R; print -r LIS""TED }; zle -N show; bindkey "^X" show; print REA""DY'
zpty -r z seen '*READY*'
zpty -w -n z "$1"$'\C-X'
zpty -r z out '*LISTED*'
print -r -- "$out"
zpty -d z
`;

t.test('zsh', { skip: skipWithoutBuild || skipWithoutTool('zsh') }, async (t) => {
  const { directory, env } = prepare(t, 'zsh');
  const offers = (line: string): string => {
    const { stdout } = spawnSync('zsh', ['-f', '-c', ZSH_DRIVER, 'driver', line], {
      encoding: 'utf8',
      env,
      cwd: directory,
      timeout: 60_000,
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
    return stdout.replace(/\x1b\[[\d;?]*[A-Za-z]/g, ' ');
  };
  check(t, ROWS, directory, offers);
  const syntax = spawnSync('zsh', ['-n', `${directory}/_traffic-mirror`], { encoding: 'utf8', env });
  t.equal(syntax.stderr, '');
  t.equal(syntax.status, 0);
});
