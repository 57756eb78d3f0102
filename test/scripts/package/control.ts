/** Metadata of the Debian package. */
import t from 'tap';
import {
  control,
  debianChangelog,
  debianVersion,
  isDebianVersion,
  maintainer,
} from '../../../scripts/package/control.js';
import { runTool, skipWithoutTool } from '../../fixtures/live/oracle/tool.js';

const WHO = 'traffic-mirror contributors <nobody@traffic-mirror.example>';
const FIELDS = {
  version: '1.2.3',
  architecture: 'amd64',
  maintainer: WHO,
  libraries: 'libc6 (>= 2.34)',
  installedKibibytes: 100,
};

const VERSIONS = [
  { npm: '1.2.3', debian: '1.2.3' },
  { npm: '1.2.3-rc.1', debian: '1.2.3~rc.1' },
  { npm: '1.2.3-rc-1.2', debian: '1.2.3~rc.1.2' },
  { npm: '1.2.3+build.5', debian: '1.2.3+build.5' },
];
for (const { npm, debian } of VERSIONS) {
  t.test(`version ${npm}`, async (t) => {
    t.equal(debianVersion(npm), debian);
    t.ok(isDebianVersion(debian));
  });
}

t.test('versions that would be something else in a file name or to dpkg', async (t) => {
  for (const version of ['', 'v1.0', '1:2.0', '1.0-1', '1.0 2', '../1', '1.0\nX: y'])
    t.notOk(isDebianVersion(version), version);
});

t.test('a pre-release comes before its release', { skip: skipWithoutTool('dpkg') }, async (t) => {
  t.equal(runTool('dpkg', ['--compare-versions', debianVersion('1.0.0-rc.1'), 'lt', '1.0.0']).exitCode, 0);
});

t.test('control', async (t) => {
  const text = control(FIELDS);
  t.match(text, /^Package: traffic-mirror\nVersion: 1\.2\.3\nArchitecture: amd64\n/);
  t.match(text, /\nDepends: adduser, libc6 \(>= 2\.34\)\n/);
  t.match(control({ ...FIELDS, libraries: '' }), /\nDepends: adduser\n/);
  // Debian’s policy: lines of the description begin with a space, and fit a terminal.
  const [, description = ''] = /\nDescription: ([\s\S]*)$/.exec(text) ?? [];
  const [summary = '', ...lines] = description.trimEnd().split('\n');
  t.ok(summary.length <= 80, summary);
  for (const line of lines) t.match(line, /^ .{1,79}$/);
});

t.test('changelog', async (t) => {
  const text = debianChangelog('1.2.3', WHO, new Date('2026-01-02T03:04:05Z'));
  t.match(text, /^traffic-mirror \(1\.2\.3\) unstable; urgency=medium\n/);
  t.match(text, `\n -- ${WHO}  Fri, 02 Jan 2026 03:04:05 +0000\n`);
});

t.test('maintainer', async (t) => {
  t.match(maintainer('somebody', {}), /^somebody <\S+@\S+>$/);
  t.equal(maintainer('somebody', { DEBFULLNAME: 'A B', DEBEMAIL: 'a@b.example' }), 'A B <a@b.example>');
});
