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
  {
    name: 'receive: an address that is none',
    args: ['receive', '--listen', 'here'],
    exitCode: 2,
    says: /^--listen here: not an address such as 0\.0\.0\.0/m,
  },
  {
    name: 'receive: a VNI of 25 bits',
    args: ['receive', '--vni', '16777216'],
    exitCode: 2,
    says: /^--vni 16777216: not a whole number from 0 to 16777215$/m,
  },
  {
    name: 'receive: rotation without a file',
    args: ['receive', '-w', '-', '--rotate-seconds', '60'],
    exitCode: 2,
    says: /^--rotate-seconds and --rotate-megabytes: need a file, -w FILE$/m,
  },
  {
    name: 'receive: a count of files of which none ends',
    args: ['receive', '-w', 'x.pcapng', '--rotate-count', '2'],
    exitCode: 2,
    says: /^--rotate-count: needs --rotate-seconds or --rotate-megabytes$/m,
  },
  {
    name: 'receive: another protocol',
    args: ['receive', '--protocol', 'gre'],
    exitCode: 2,
    says: /^--protocol gre: not vxlan or geneve$/m,
  },
  {
    name: 'receive: a device name that is none',
    args: ['receive', '--tap', 'a/b'],
    exitCode: 2,
    says: /^--tap: expected a device name of 1 to 15 bytes/m,
  },
  {
    name: 'receive: a configuration that is bad',
    args: ['receive', '--config', '/nowhere'],
    exitCode: 1,
    says: /^\/nowhere:1: /,
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
