/** Reloads: what is read, applied, logged and shown in the status. */
import pino from 'pino';
import t, { type Test } from 'tap';
import { type Configuration, type ConfigurationResult, parseConfiguration } from '../../src/config/load.js';
import { Reloader } from '../../src/daemon/reloader.js';

const FIRST = configurationOf('{}');

function configurationOf(text: string): Configuration {
  const parsed = parseConfiguration(text, 'c.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.configuration;
}

interface Bench {
  readonly reloader: Reloader;
  /** What was applied. */
  readonly applied: Configuration[];
  /** Problems that were logged. */
  readonly logged: string[];
  /** What the file holds. */
  read: () => Promise<ConfigurationResult>;
  refuse: string | undefined;
}

function bench(): Bench {
  const applied: Configuration[] = [];
  const logged: string[] = [];
  const log = pino({}, { write: (line) => logged.push(...problemsIn(line)) });
  const made = { applied, logged, read: async () => good('{}'), refuse: undefined as string | undefined };
  const reloader = new Reloader({
    file: 'c.yaml',
    configuration: FIRST,
    log,
    load: () => made.read(),
    apply: async (configuration) => {
      if (made.refuse !== undefined) throw new Error(made.refuse);
      applied.push(configuration);
    },
  });
  return Object.assign(made, { reloader });
}

function problemsIn(line: string): string[] {
  const { problem } = JSON.parse(line) as { problem?: string };
  return problem === undefined ? [] : [problem];
}

function good(text: string): ConfigurationResult {
  return { ok: true, configuration: configurationOf(text), warnings: [] };
}

const bad: ConfigurationResult = {
  ok: false,
  problems: [{ file: 'c.yaml', line: 7, column: 1, text: 'is wrong' }],
};

t.test('a good file is applied', async (t) => {
  const { reloader, applied } = bench();
  t.match(reloader.status, { lastResult: 'none', lastAt: null });
  await reloader.request();
  t.equal(applied.length, 1);
  t.match(reloader.status, {
    succeeded: 1,
    failed: 0,
    lastResult: 'applied',
    lastAt: /^\d{4}-/,
    problems: [],
  });
});

t.test('a bad file is not, and is logged once', async (t) => {
  const made = bench();
  made.read = async () => bad;
  await made.reloader.request();
  await made.reloader.request();
  t.equal(made.applied.length, 0);
  t.same(made.logged, ['c.yaml:7: is wrong']);
  t.match(made.reloader.status, {
    succeeded: 0,
    failed: 2,
    lastResult: 'failed',
    problems: ['c.yaml:7: is wrong'],
  });
  made.read = async () => good('{}');
  await made.reloader.request();
  t.match(made.reloader.status, { succeeded: 1, failed: 2, lastResult: 'applied', problems: [] });
});

t.test('a configuration with warnings is applied, and they are logged', async (t) => {
  const made = bench();
  const warnings = [{ file: 'c.yaml', line: 3, column: 1, text: 'is odd' }];
  made.read = async () => ({ ok: true, configuration: FIRST, warnings });
  await made.reloader.request();
  t.match(made.reloader.status, { succeeded: 1, lastResult: 'applied', problems: [] });
  t.same(made.logged, ['c.yaml:3: warning: is odd']);
});

t.test('a configuration that cannot be applied is reported', async (t) => {
  const made = bench();
  made.refuse = 'socket: EMFILE';
  await made.reloader.request();
  t.match(made.reloader.status, { failed: 1, problems: ['c.yaml: socket: EMFILE'] });
});

t.test('requests during a reload cause one more, after it', async (t) => {
  const made = bench();
  let reads = 0;
  let letGo = (): void => {};
  made.read = async () => {
    reads += 1;
    await new Promise<void>((resolve) => {
      letGo = resolve;
    });
    return good('{}');
  };
  const first = made.reloader.request();
  for (let count = 0; count < 100; count++) void made.reloader.request();
  t.equal(reads, 1);
  letGo();
  while (reads < 2) await new Promise(setImmediate);
  letGo();
  await first;
  t.equal(reads, 2);
  t.equal(made.applied.length, 2);
});

t.test('no reload begins after close', async (t: Test) => {
  const { reloader, applied } = bench();
  reloader.close();
  await reloader.request();
  t.equal(applied.length, 0);
});
