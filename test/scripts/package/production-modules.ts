/** Which node modules the Debian package takes, and which of their files. */
import t from 'tap';
import { chooseModules, isRun, missingAddons } from '../../../scripts/package/production-modules.js';

const LOCKFILE = {
  packages: {
    '': { version: '1.0.0' },
    'node_modules/pino': { version: '10.0.0', license: 'MIT' },
    'node_modules/pino-pretty/node_modules/sonic-boom': { version: '5.0.0' },
    'node_modules/tap': { version: '21.0.0', dev: true },
    'node_modules/nan': { version: '2.0.0', optional: true },
    'node_modules/cap': { version: '0.2.1', optional: true },
    'node_modules/raw-socket': { version: '1.8.1', optional: true },
    'node_modules/@koromix/this': { version: '3.0.0', os: [process.platform], cpu: [process.arch] },
    'node_modules/@koromix/other-processor': { version: '3.0.0', os: [process.platform], cpu: ['none'] },
    'node_modules/@koromix/other-system': { version: '3.0.0', os: ['none'] },
  },
};
const isThere =
  (...missing: string[]) =>
  (path: string) =>
    !missing.includes(path);

t.test('those that run', async (t) => {
  const modules = chooseModules(LOCKFILE, isThere());
  t.strictSame(
    modules.map(({ name }) => name),
    ['pino', 'sonic-boom', 'cap', 'raw-socket', '@koromix/this'],
  );
  t.match(modules[0], { path: 'node_modules/pino', version: '10.0.0', license: 'MIT' });
  t.strictSame(missingAddons(modules), []);
});

t.test('what is not installed, or not built', async (t) => {
  const modules = chooseModules(
    LOCKFILE,
    isThere('node_modules/pino', 'node_modules/cap/build/Release/cap.node'),
  );
  t.strictSame(
    modules.map(({ name }) => name),
    ['sonic-boom', 'raw-socket', '@koromix/this'],
  );
  t.strictSame(missingAddons(modules), ['cap']);
});

const FILES = [
  { path: 'package.json', wanted: true },
  { path: 'dist/doc/Document.js', wanted: true },
  { path: 'lib/test/helper.js', wanted: true },
  { path: 'build/Release/cap.node', wanted: true },
  { path: 'linux_x64/koffi.node', wanted: true },
  { path: 'build/Release/obj.target/cap.node', wanted: false },
  { path: 'musl_x64/koffi.node', wanted: false },
  { path: 'test/test.js', wanted: false },
  { path: 'docs/conf.js', wanted: false },
  { path: 'examples/one.js', wanted: false },
  { path: '.github/action.js', wanted: false },
  { path: 'node_modules/nan/include_dirs.js', wanted: false },
  { path: 'index.d.ts', wanted: false },
  { path: 'index.js.map', wanted: false },
  { path: 'src/binding.cc', wanted: false },
  { path: 'README.md', wanted: false },
];
for (const { path, wanted } of FILES) {
  t.test(path, async (t) => t.equal(isRun(path), wanted));
}
