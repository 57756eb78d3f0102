/** Exit codes and messages of wrong usage, --help and --version. */
import { existsSync } from 'node:fs';
import t from 'tap';
import { skipWithoutBuild, trafficMirror } from '../fixtures/live/daemon/command.js';

const rows = [
  { name: 'no command', args: [], exitCode: 2, says: /Usage: traffic-mirror/ },
  { name: 'an unknown command', args: ['mirror'], exitCode: 2, says: /unknown command 'mirror'/ },
  { name: 'a missing option', args: ['replay'], exitCode: 2, says: /required option '--source <id>'/ },
  {
    name: 'no configuration',
    args: ['run'],
    exitCode: 2,
    says: /^run: name a configuration: --config FILE; there is no \/etc\/traffic-mirror\/config\.yaml$/m,
    skip: existsSync('/etc/traffic-mirror/config.yaml') && 'this machine has one',
  },
  { name: 'a short option', args: ['check', '-c', '/nowhere'], exitCode: 1, says: /^\/nowhere:1: / },
  {
    name: 'an unknown option',
    args: ['check', '--config', 'x', '--loud'],
    exitCode: 2,
    says: /unknown option '--loud'/,
  },
  { name: 'help', args: ['--help'], exitCode: 0, says: /replay/ },
  { name: 'version', args: ['--version'], exitCode: 0, says: /^\d+\.\d+\.\d+/ },
  { name: 'version, short', args: ['-v'], exitCode: 0, says: /^\d+\.\d+\.\d+/ },
];

for (const { name, args, exitCode, says, skip = false } of rows) {
  t.test(name, { skip: skipWithoutBuild || skip }, async (t) => {
    const outcome = trafficMirror(...args);
    t.equal(outcome.exitCode, exitCode);
    t.match(outcome.stdout + outcome.stderr, says);
    t.notMatch(outcome.stderr, /\n {4}at /, 'no stack trace');
  });
}
