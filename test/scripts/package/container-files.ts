/** The files for containers ask for what the systemd unit gives, and name what is there. */
import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { parse, parseAllDocuments } from 'yaml';
import { planOf } from '../../fixtures/live/daemon/stand.js';
import { directive } from '../../fixtures/live/daemon/unit-file.js';
import { fromRoot } from '../../fixtures/root.js';

const MEBIBYTE = 1 << 20;
const CONFIGURATION = '/etc/traffic-mirror/config.yaml';
const CAPABILITIES = directive('CapabilityBoundingSet').map((name) => name.replace('CAP_', ''));
const read = (path: string): string => readFileSync(fromRoot(path), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };

t.test('Containerfile', async (t) => {
  const lines = read('package/Containerfile').split('\n');
  const instruction = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
  t.strictSame(JSON.parse(instruction('ENTRYPOINT') ?? ''), ['/usr/bin/traffic-mirror']);
  t.strictSame(JSON.parse(instruction('CMD') ?? ''), ['run', '--config', CONFIGURATION]);
  t.equal(
    instruction('VOLUME'),
    directive('StateDirectory')
      .map((name) => `/var/lib/${name}`)
      .join(),
  );
});

t.test('compose.yaml', async (t) => {
  const { services, volumes } = parse(read('package/compose.yaml'));
  const service = services['traffic-mirror'];
  t.match(service, {
    network_mode: 'host',
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
  });
  t.strictSame(service.cap_add, CAPABILITIES);
  t.equal(service.ulimits.memlock, Number.parseInt(directive('LimitMEMLOCK')[0] ?? '', 10) * MEBIBYTE);
  t.equal(service.cpu_shares, (1024 * Number(directive('CPUWeight')[0])) / 100);
  t.ok(service.volumes.includes('state:/var/lib/traffic-mirror'));
  t.ok('state' in volumes);
  t.equal(service.healthcheck.test.at(-1), CONFIGURATION);
});

t.test('daemonset.yaml', async (t) => {
  const documents = parseAllDocuments(read('package/daemonset.yaml')).map((document) => document.toJS());
  t.strictSame(
    documents.map(({ kind }) => kind),
    ['Namespace', 'ConfigMap', 'DaemonSet'],
  );
  const [namespace, configMap, daemonSet] = documents;
  for (const { metadata } of [configMap, daemonSet]) t.equal(metadata.namespace, namespace.metadata.name);
  const { spec } = daemonSet.spec.template;
  const [container] = spec.containers;
  t.strictSame(daemonSet.spec.template.metadata.labels, daemonSet.spec.selector.matchLabels);
  t.equal(spec.hostNetwork, true);
  t.strictSame(container.securityContext.capabilities, { drop: ['ALL'], add: CAPABILITIES });
  t.match(container.securityContext, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true });
  t.match(container.image, new RegExp(`:${version.replaceAll('.', '\\.')}$`));
  const volumes = spec.volumes.map(({ name }: { name: string }) => name);
  for (const { name } of container.volumeMounts) t.ok(volumes.includes(name), name);

  t.test('its configuration is right', async (t) => {
    const file = `${t.testdir({})}/config.yaml`;
    writeFileSync(file, configMap.data['config.yaml']);
    const plan = await planOf(file);
    t.equal(plan.sources.length, 1, 'one source');
  });
});
