/** The list of parts: npm's own, without what is not packed, and with the runtime. */
import t from 'tap';
import { type Bom, completeBom } from '../../../scripts/package/sbom.js';

const component = (name: string, version: string) => ({
  'bom-ref': `${name}@${version}`,
  type: 'library',
  name,
  version,
  purl: `pkg:npm/${name}@${version}`,
});
const BOM: Bom & { readonly bomFormat: string } = {
  bomFormat: 'CycloneDX',
  serialNumber: 'urn:uuid:0',
  metadata: {
    timestamp: 'then',
    component: { ...component('a-folder', '0.1.0'), 'bom-ref': 'traffic-mirror@0.1.0' },
  },
  components: [component('pino', '10.0.0'), component('cap', '0.2.1'), component('nan', '2.0.0')],
  dependencies: [
    { ref: 'traffic-mirror@0.1.0', dependsOn: ['pino@10.0.0', 'cap@0.2.1'] },
    { ref: 'cap@0.2.1', dependsOn: ['nan@2.0.0'] },
    { ref: 'pino@10.0.0' },
    { ref: 'nan@2.0.0' },
  ],
};
const MODULES = [
  { name: 'pino', version: '10.0.0', path: 'node_modules/pino', license: 'MIT' },
  { name: 'cap', version: '0.2.1', path: 'node_modules/cap', license: 'MIT' },
];
const TIME = new Date('2026-01-02T03:04:05Z');

t.test('completed', async (t) => {
  const versions = { node: '20.20.2', openssl: '3.0.19', modules: '115', zlib: '1.3.1-e00f703' };
  const bom = completeBom(BOM, '0.2.0', MODULES, versions, TIME) as Bom;
  t.match(bom, {
    bomFormat: 'CycloneDX',
    metadata: {
      timestamp: '2026-01-02T03:04:05.000Z',
      component: { name: 'traffic-mirror', version: '0.2.0', purl: 'pkg:npm/traffic-mirror@0.2.0' },
    },
  });
  t.equal(bom.serialNumber, undefined, 'one source makes one list');
  t.strictSame(
    bom.components.map(({ name, version }) => `${name} ${version}`),
    ['pino 10.0.0', 'cap 0.2.1', 'node 20.20.2', 'openssl 3.0.19', 'zlib 1.3.1-e00f703'],
  );
  const refs = new Set([...bom.components.map((part) => part['bom-ref']), 'traffic-mirror@0.1.0']);
  t.equal(refs.size, bom.components.length + 1, 'each has a name of its own');
  for (const { ref, dependsOn = [] } of bom.dependencies) {
    for (const name of [ref, ...dependsOn]) t.ok(refs.has(name), `${name} is a part`);
  }
  t.strictSame(bom.dependencies.find(({ ref }) => ref === 'node')?.dependsOn?.length, 2);
});
