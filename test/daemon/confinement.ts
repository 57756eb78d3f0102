/** The command that starts an engine, and what the status says when it cannot be confined. */
import { availableParallelism, constants } from 'node:os';
import t from 'tap';
import { chooseConfinement, engineCommand, missingProcessors } from '../../src/daemon/confinement.js';
import { LinuxError } from '../../src/linux/errors.js';

const { ENOSYS, EOPNOTSUPP, EPERM } = constants.errno;
const rest = { libc: undefined, isWanted: true, allowsCoreDumps: false };

function refusing(errno: number) {
  return {
    landlockVersion: (): number => {
      throw new LinuxError('landlock_create_ruleset', errno);
    },
  };
}

t.test('the Landlock version of the kernel', async (t) => {
  const rows = [
    { calls: { landlockVersion: () => 7 }, landlock: 'abi 7', landlockVersion: 7 },
    { calls: { landlockVersion: () => 1 }, landlock: 'abi 1', landlockVersion: 1 },
    { calls: refusing(ENOSYS), landlock: 'unavailable: this kernel has none' },
    {
      calls: refusing(EOPNOTSUPP),
      landlock: 'unavailable: it is switched off, by lsm= on the command line of the kernel',
    },
    { calls: refusing(EPERM), landlock: 'unavailable: landlock_create_ruleset: EPERM' },
    { calls: undefined, landlock: 'unavailable: npm package koffi is not installed' },
  ];
  for (const { calls, landlock, landlockVersion } of rows) {
    t.match(chooseConfinement({ ...rest, calls }), { landlock, landlockVersion }, landlock);
  }
  const off = chooseConfinement({ ...rest, calls: { landlockVersion: () => 7 }, isWanted: false });
  t.match(off, { landlock: 'off', landlockVersion: undefined });
});

t.test('the command', async (t) => {
  const environment = {
    ...{ PATH: '/bin', NODE_OPTIONS: '--title=x', LC_ALL: 'C', TZ: 'UTC' },
    ...{
      AWS_SECRET_ACCESS_KEY: 'secret',
      CREDENTIALS_DIRECTORY: '/run/credentials',
      NOTIFY_SOCKET: '/run/notify',
    },
  };
  const direct = engineCommand(chooseConfinement({ ...rest, calls: undefined }), environment);
  t.strictSame(
    direct.env,
    { UV_THREADPOOL_SIZE: '16', PATH: '/bin', NODE_OPTIONS: '--title=x', LC_ALL: 'C', TZ: 'UTC' },
    'nothing that may be a secret',
  );
  t.match(direct.args, [/^--(disable-sigusr1|inspect-port=240\.0\.0\.1:1024)$/, /engine\/main\.js$/]);
  const confined = engineCommand(
    chooseConfinement({ ...rest, calls: { landlockVersion: () => 7 }, allowsCoreDumps: true }),
    environment,
  );
  t.strictSame(
    confined.env,
    { UV_THREADPOOL_SIZE: '16', PATH: '/bin', LC_ALL: 'C', TZ: 'UTC' },
    'options of node are for the engine only',
  );
  const [flag, launcher, launch = ''] = confined.args;
  t.equal(flag, direct.args[0]);
  t.match(launcher, /engine\/launch\.js$/);
  t.strictSame(JSON.parse(launch), {
    landlockVersion: 7,
    arguments: [...direct.args, '--core-dumps'],
    nodeOptions: '--title=x',
  });
});

t.test('a processor takes the launcher, with and without Landlock', async (t) => {
  for (const calls of [undefined, { landlockVersion: () => 7 }]) {
    const { args } = engineCommand(chooseConfinement({ ...rest, calls }), {}, 3);
    t.match(args[1], /engine\/launch\.js$/);
    t.match(JSON.parse(args[2]!), { cpu: 3, ...(calls && { landlockVersion: 7 }) });
  }
});

t.test('processors that this process may not run on', async (t) => {
  const allowed = availableParallelism();
  const all = Array.from({ length: 9000 }, (_, cpu) => cpu);
  const missing = missingProcessors(all);
  t.equal(all.length - missing.length, allowed, 'as many as the runtime counts are there');
  t.same(missingProcessors([8191]), [8191]);
  t.same(missingProcessors([]), []);
});
