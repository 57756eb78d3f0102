/** The Debian package, whole: from making to purging, and in a container. */
import { readFileSync, statSync } from 'node:fs';
import t from 'tap';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { bootSystemd } from '../fixtures/live/daemon/systemd-machine.js';
import { skipUnless } from '../fixtures/live/requirements.js';
import { bareDebian, fetchDependencies } from '../fixtures/package/bare-debian.js';
import {
  checkContents,
  checkDocuments,
  checkLintian,
  skipWithoutLintian,
} from '../fixtures/package/contents.js';
import { DebianMachine } from '../fixtures/package/debian-machine.js';
import { checkImage } from '../fixtures/package/image.js';
import { liveThrough } from '../fixtures/package/life.js';
import { LIMIT_MS, makePackage, temporaryDirectory } from '../fixtures/package/packages.js';
import { takeOver } from '../fixtures/package/take-over.js';
import { seconds } from '../fixtures/package/timed.js';
import { fromRoot } from '../fixtures/root.js';

const HIGHER_VERSION = '99.0.0';
const MEBIBYTE = 1 << 20;
const { version } = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8')) as { version: string };

const skipBoot = skipUnless('debootstrap', 'ping', 'tcpdump', 'curl', 'nsenter', 'findmnt');

t.test('the Debian package', { skip: skipUnless('dpkg-deb', 'dpkg-shlibdeps', 'strip') }, async (t) => {
  // It is fetched and unpacked while the package is made.
  const making = skipBoot === false ? bareDebian(t) : undefined;
  // A failure is told by the test that needs it.
  making?.catch(() => undefined);
  const directory = temporaryDirectory(t);
  const first = makePackage(directory);
  t.comment(first.told);

  t.test('is made in time', async (t) => {
    t.ok(first.milliseconds < LIMIT_MS, seconds(first.milliseconds));
    t.equal(first.file, `${directory}/traffic-mirror_${version}_${architecture()}.deb`);
    t.ok(statSync(first.file).size < 60 * MEBIBYTE, 'of a size that can be carried about');
  });
  t.test('holds what it should', async (t) => checkContents(t, first));
  t.test('tells what it is made of', async (t) => checkDocuments(t, first, t.testdir({})));
  t.test('has no errors', { skip: skipWithoutLintian }, async (t) => checkLintian(t, first));

  t.test('on a bare Debian', { skip: skipBoot }, async (t) => {
    const second = makePackage(directory, '--version', HIGHER_VERSION, '--compression', 'none');
    const debian = await making!;
    t.comment(`debootstrap: ${seconds(debian.milliseconds)}`);
    const fetched = fetchDependencies(debian, first.file);
    if (fetched.exitCode !== 0) throw new Error(fetched.output);
    const stand = buildStand(t);
    const booted = await bootSystemd(t, stand.host, debian.directory);
    if (typeof booted === 'string') return t.plan(0, booted);
    const life = { machine: new DebianMachine(booted), stand, first, second };
    liveThrough(t, life);
    takeOver(t, life);
    t.test('as a container', { skip: skipUnless('podman') }, (t) =>
      checkImage(t, debian, first, buildStand(t)),
    );
  });
});

function architecture(): string {
  return { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? process.arch;
}
