/** The page of resources: plain JSON, made in slices, and bounded. */
import t from 'tap';
import { parseConfiguration } from '../../src/config/load.js';
import { type RunningResources, renderResources } from '../../src/status/running-resources.js';

function resourcesOf(sessions: number): RunningResources {
  const parsed = parseConfiguration('networkInterfaces: [{ networkInterfaceId: a, device: b }]', 'c.yaml');
  if (!parsed.ok) throw new Error('bad');
  const { resources, engine, quotas } = parsed.configuration;
  const trafficMirrorSessions = Array.from({ length: sessions }, (_, index) => ({
    trafficMirrorSessionId: `tms-${index}`,
    description: '🦆'.repeat(20),
  })) as unknown as typeof resources.trafficMirrorSessions;
  return {
    pid: 1,
    configurationFile: 'c.yaml',
    configuration: { ...resources, trafficMirrorSessions, engine, quotas },
    inactiveSessions: [],
    owners: JSON.parse('{"__proto__": "1", "a": "2"}'),
  };
}

t.test('is JSON of the resources', async (t) => {
  for (const sessions of [0, 1, 3]) {
    const resources = resourcesOf(sessions);
    const text = (await renderResources(resources)).toString('utf8');
    t.same(JSON.parse(text), JSON.parse(JSON.stringify(resources)), `${sessions} sessions`);
    t.match(text, /\}\n$/);
  }
});

t.test('lets others have their turn', async (t) => {
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 1);
  t.teardown(() => clearInterval(timer));
  const page = await renderResources(resourcesOf(200_000));
  t.ok(turns > 2, `${turns} turns while ${page.length} bytes were made`);
});

t.test('more than it may have', async (t) => {
  await t.rejects(renderResources(resourcesOf(20_000), 2 ** 20), {
    code: 'resources-too-large',
    message: 'the resources have more than 1 MiB',
  });
});
