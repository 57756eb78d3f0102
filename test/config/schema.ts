/** Keys that a reload cannot change: every marked key, one at a time. */
import t from 'tap';
import { type Configuration, parseConfiguration } from '../../src/config/load.js';
import { startKeys } from '../../src/config/schema.js';

const API = `
api:
  listen: 127.0.0.1:8780
  tls: { certificateFile: /c, keyFile: /k }
  accounts: [{ accountId: '123456789012' }]
`;

const BEFORE = `
engine: { io: ring, workers: 1, ringMegabytes: 8, ringMemoryMegabytes: 64, xdpMegabytes: 8, emit: routed }
state: { directory: /var/lib/a, peekGroup: adm }
metrics: { listen: '127.0.0.1:9464', tls: { certificateFile: /mc, keyFile: /mk, clientCaFile: /ca } }
log: { level: info }
${API}`;

/** The change of the text, and the value that the problem says the daemon has. */
const rows: readonly {
  readonly key: string;
  readonly change: [from: string, to: string];
  readonly has: string;
}[] = [
  { key: 'engine.io', change: ['io: ring', 'io: libpcap'], has: '"ring"' },
  { key: 'engine.workers', change: ['workers: 1', 'workers: 2'], has: '1' },
  { key: 'engine.workerCpus', change: ['workers: 1', 'workerCpus: [0]'], has: '"[]"' },
  { key: 'engine.ringMegabytes', change: ['ringMegabytes: 8, ', ''], has: '8' },
  { key: 'engine.ringMemoryMegabytes', change: ['ringMemoryMegabytes: 64, ', ''], has: '64' },
  { key: 'engine.xdpMegabytes', change: ['xdpMegabytes: 8, ', ''], has: '8' },
  { key: 'api', change: [API, ''], has: '"one"' },
  { key: 'api.listen', change: ['127.0.0.1:8780', '127.0.0.1:8781'], has: '"127.0.0.1:8780"' },
  { key: 'api.tls', change: ['keyFile: /k', 'keyFile: /other'], has: '"{' },
  {
    key: 'api.region',
    change: ['  listen: 127.0.0.1:8780', '  region: eu\n  listen: 127.0.0.1:8780'],
    has: '"us-east-1"',
  },
  {
    key: 'api.console',
    change: ['  listen: 127.0.0.1:8780', '  console: false\n  listen: 127.0.0.1:8780'],
    has: 'true',
  },
  { key: 'state.directory', change: ['/var/lib/a', '/var/lib/b'], has: '"/var/lib/a"' },
  { key: 'state.peekGroup', change: ['peekGroup: adm', 'peekGroup: wheel'], has: '"adm"' },
  { key: 'metrics.listen', change: ['127.0.0.1:9464', '127.0.0.1:9465'], has: '"127.0.0.1:9464"' },
  {
    key: 'metrics.tls',
    change: [', tls: { certificateFile: /mc, keyFile: /mk, clientCaFile: /ca }', ''],
    has: '"one"',
  },
  { key: 'metrics.tls.clientCaFile', change: [', clientCaFile: /ca', ''], has: '"one"' },
];

function running(): Configuration {
  const result = parseConfiguration(BEFORE, 'x.yaml');
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.configuration;
}

t.test('there is a row for every key', async (t) => {
  t.same(
    rows.map(({ key }) => key),
    startKeys(),
  );
});

for (const { key, change, has } of rows) {
  t.test(key, async (t) => {
    const text = BEFORE.replace(...change);
    t.not(text, BEFORE, 'the file is another');
    t.match(parseConfiguration(text, 'x.yaml'), { ok: true }, 'it can be started with');
    const result = parseConfiguration(text, 'x.yaml', running());
    if (result.ok) throw new Error('taken');
    t.equal(result.problems.length, 1);
    t.equal(
      result.problems[0]?.text.startsWith(
        `${key}: a change takes a new start; the running daemon has ${has}`,
      ),
      true,
    );
  });
}

t.test('a section that was not there at the start', async (t) => {
  const without = parseConfiguration('log: {}', 'x.yaml');
  if (!without.ok) throw new Error('not good');
  const result = parseConfiguration(
    `metrics: { listen: '127.0.0.1:9464' }\n${API}`,
    'x.yaml',
    without.configuration,
  );
  t.match(result, {
    ok: false,
    problems: [
      { line: 1, text: 'metrics.listen: a change takes a new start; the running daemon has nothing' },
      { line: 3, text: 'api: a change takes a new start; the running daemon has "none"' },
    ],
  });
});

t.test('everything else can change', async (t) => {
  const text = BEFORE.replace('emit: routed', 'emit: direct')
    .replace('level: info', 'level: warn')
    .replace('certificateFile: /mc', 'certificateFile: /other')
    .replace('clientCaFile: /ca }', 'clientCaFile: /other }, bearerTokenFile: /token');
  t.match(parseConfiguration(text, 'x.yaml', running()), { ok: true });
});
