/** Completion in bash itself: what is offered for a line that was typed so far. */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { COMMAND, environment, skipWithoutBuild, trafficMirror } from '../../fixtures/live/daemon/command.js';
import { skipWithoutTool } from '../../fixtures/live/oracle/tool.js';

const CONFIG = `
networkInterfaces: [{ networkInterfaceId: eni-web, device: veth0 }]
trafficMirrorSessions:
  - { trafficMirrorSessionId: "tms:one", networkInterfaceId: eni-web }
  - { trafficMirrorSessionId: "tms:two", networkInterfaceId: eni-db }
  - { trafficMirrorSessionId: "$(touch pwned)\`touch pwned\`", networkInterfaceId: "eni $(touch pwned)" }
`;

interface Bench {
  readonly directory: string;
  /** What bash offers behind the last word of a line. */
  readonly offers: (line: string) => string[];
}

/** Bash with the script, the command `traffic-mirror` on its PATH, and a configuration. */
function bench(t: Test): Bench {
  const directory = t.testdir({ bin: {}, 'c.yaml': CONFIG, 'with space.pcap': '', 'in.pcap': '', sub: {} });
  writeFileSync(
    `${directory}/bin/traffic-mirror`,
    `#!/bin/sh\nexec '${process.execPath}' '${COMMAND}' "$@"\n`,
    {
      mode: 0o755,
    },
  );
  writeFileSync(`${directory}/completion`, trafficMirror('completion', 'bash').stdout);
  writeFileSync(
    `${directory}/ask`,
    `cd '${directory}'
set -u
. ./completion
COMP_LINE=$1 COMP_POINT=\${#1}
# readline breaks words at blanks and at COMP_WORDBREAKS, of which = and : stand here.
mapfile -t COMP_WORDS < <(grep -oE '[=:]+|[^ =:]+' <<<"$1")
[[ $1 == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
compopt() { :; }
_traffic_mirror
printf '%s\\n' "\${COMPREPLY[@]+"\${COMPREPLY[@]}"}"
`,
  );
  const offers = (line: string): string[] => {
    const { stdout, stderr } = spawnSync('bash', [`${directory}/ask`, line], {
      encoding: 'utf8',
      env: { ...environment, PATH: `${directory}/bin:${process.env.PATH}` },
    });
    t.equal(stderr, '', line);
    return stdout.split('\n').filter((word) => word !== '');
  };
  return { directory, offers };
}

const skip = skipWithoutBuild || skipWithoutTool('bash');

t.test('commands, options and values', { skip }, async (t) => {
  const { offers } = bench(t);
  t.strictSame(offers('traffic-mirror ch'), ['check']);
  const all = offers('traffic-mirror ');
  for (const name of ['run', 'check', 'replay', 'explain', 'status', 'top', 'state', 'completion', 'help'])
    t.ok(all.includes(name), name);
  t.notOk(all.includes('completion-ids'), 'not what is hidden');
  t.strictSame(offers('traffic-mirror --v'), ['--version']);
  t.strictSame(offers('traffic-mirror state v'), ['verify']);
  t.strictSame(offers('traffic-mirror state verify --c'), ['--config']);
  t.strictSame(offers('traffic-mirror completion f'), ['fish']);
  t.strictSame(offers('traffic-mirror help rep'), ['replay']);
  t.ok(offers('traffic-mirror check -').includes('--json'));
  t.strictSame(offers('traffic-mirror top --once --i'), ['--interval']);
  t.strictSame(offers('traffic-mirror top --interval 5'), [], 'a number is not completed');
  t.strictSame(
    offers('traffic-mirror replay --source check --eg'),
    ['--egress-mac'],
    'a value is no command',
  );
});

t.test('files', { skip }, async (t) => {
  const { offers } = bench(t);
  t.strictSame(offers('traffic-mirror check -c c'), ['c.yaml', 'completion']);
  t.strictSame(offers('traffic-mirror check --config=c.'), ['c.yaml']);
  t.strictSame(offers('traffic-mirror replay --in w'), ['with space.pcap']);
  t.strictSame(offers('traffic-mirror replay --in su'), ['sub']);
});

t.test('ids of the configuration', { skip }, async (t) => {
  const { directory, offers } = bench(t);
  t.strictSame(offers('traffic-mirror explain -c c.yaml --source eni-'), ['eni-web', 'eni-db']);
  t.strictSame(offers('traffic-mirror explain --config=c.yaml --source=eni-w'), ['eni-web']);
  t.strictSame(offers('traffic-mirror explain -c missing.yaml --source eni-'), []);
  const every = offers('traffic-mirror explain -c c.yaml --source ');
  t.equal(every.length, 3);
  t.ok(every.includes('eni\\ \\$\\(touch\\ pwned\\)'), 'quoted as bash needs it');
  t.notOk(existsSync(`${directory}/pwned`), 'and what stands in them is not run');
});

t.test('ids with colons, and what is hidden', { skip: skipWithoutBuild }, async (t) => {
  const file = `${t.testdir({ 'c.yaml': `${CONFIG}log: {{{\n` })}/c.yaml`;
  const { stdout, exitCode } = trafficMirror('completion-ids', 'session', '-c', file);
  t.equal(exitCode, 0);
  t.strictSame(stdout.split('\n').slice(0, 2), ['tms:one', 'tms:two'], 'in spite of problems');
  t.strictSame(trafficMirror('completion-ids', 'session', '-c', '/nowhere').stdout, '');
});

t.test('bash takes the script', { skip }, async (t) => {
  const script = trafficMirror('completion', 'bash').stdout;
  const { status, stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
  t.equal(stderr, '');
  t.equal(status, 0);
});
