/** Exit codes and messages of wrong usage, --help and --version. */
import t from 'tap';
import { skipWithoutBuild, trafficMirror } from '../fixtures/live/daemon/command.js';

const rows = [
  { name: 'no command', args: [], exitCode: 2, says: /Usage: traffic-mirror/ },
  { name: 'an unknown command', args: ['mirror'], exitCode: 2, says: /unknown command 'mirror'/ },
  { name: 'a missing option', args: ['run'], exitCode: 2, says: /required option '--config <file>'/ },
  {
    name: 'an unknown option',
    args: ['check', '--config', 'x', '--loud'],
    exitCode: 2,
    says: /unknown option '--loud'/,
  },
  { name: 'help', args: ['--help'], exitCode: 0, says: /replay/ },
  { name: 'version', args: ['--version'], exitCode: 0, says: /^\d+\.\d+\.\d+/ },
];

for (const { name, args, exitCode, says } of rows) {
  t.test(name, { skip: skipWithoutBuild }, async (t) => {
    const outcome = trafficMirror(...args);
    t.equal(outcome.exitCode, exitCode);
    t.match(outcome.stdout + outcome.stderr, says);
    t.notMatch(outcome.stderr, /\n {4}at /, 'no stack trace');
  });
}
