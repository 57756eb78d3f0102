/** What is said of a device before it is opened. */
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { joinByVeth, Namespaces } from '../../../lab/namespaces.js';
import { linkProblem } from '../../../src/io/lane-condition.js';
import type { Link } from '../../../src/linux/link-table.js';
import { linkInSysfs } from '../../../src/linux/sysfs-devices.js';
import { evalIn } from '../../fixtures/linux/eval-in.js';
import { skipUnless } from '../../fixtures/live/requirements.js';
import { fromRoot } from '../../fixtures/root.js';

t.test('what is wrong with a device', async (t) => {
  const link: Link = { index: 7, name: 'veth0', ethernet: true, up: true, carrier: true, mtu: 1500 };
  t.equal(linkProblem('veth0', undefined, link), undefined);
  t.equal(
    linkProblem('veth0', undefined, { ...link, carrier: false }),
    undefined,
    'no carrier is no problem',
  );
  t.equal(linkProblem('veth0', undefined, { ...link, up: false }), 'device veth0 is down');
  t.equal(linkProblem('tun0', undefined, { ...link, ethernet: false }), 'device tun0 is not Ethernet');
  t.equal(linkProblem('veth0', undefined, undefined), 'device veth0 does not exist');
  t.equal(linkProblem('eth0', '/run/netns/web', undefined), 'device eth0 does not exist in /run/netns/web');
});

t.test('a device that is not there', async (t) => {
  t.strictSame(linkInSysfs('nope0'), { link: undefined });
  t.strictSame(linkInSysfs(''), { link: undefined });
});

t.test('devices as sysfs and rtnetlink know them', { skip: skipUnless() }, async (t) => {
  const namespaces = new Namespaces();
  t.teardown(() => namespaces.close());
  const [here, there] = [namespaces.add('here'), namespaces.add('there')];
  joinByVeth(
    { namespace: here, device: 'up0', addresses: [], mtu: 1400 },
    { namespace: there, device: 'up1', addresses: [] },
  );
  here.ip('link', 'add', 'down0', 'type', 'veth', 'peer', 'name', 'down1');
  here.ip('link', 'set', 'down1', 'up');
  here.ip('tuntap', 'add', 'tun0', 'mode', 'tun');
  const linksOf = (device: string): (Link | null)[] =>
    evalIn(
      here,
      `const { linkInSysfs } = await import(dist + 'src/linux/sysfs-devices.js');
       const { openLibc } = await import(dist + 'src/linux/libc.js');
       const { LinkTable } = await import(dist + 'src/linux/link-table.js');
       return [linkInSysfs('${device}').link, new LinkTable(await openLibc()).find('${device}')]
         .map((link) => link ?? null);`,
    );
  const rows = [
    { name: 'up', input: 'up0', want: { ethernet: true, up: true, carrier: true, mtu: 1400 } },
    {
      name: 'up, its state unknown as that of every loopback',
      input: 'lo',
      want: { ethernet: true, up: true, carrier: true },
    },
    { name: 'a tunnel', input: 'tun0', want: { ethernet: false } },
    { name: 'down', input: 'down0', want: { up: false, carrier: false } },
    { name: 'up, and the other end is down', input: 'down1', want: { up: true, carrier: false } },
    { name: 'of another namespace', input: 'up1', want: null },
  ];
  for (const { name, input, want } of rows) {
    const [inSysfs, inTable] = linksOf(input);
    t.match(inSysfs, want, name);
    t.strictSame(inTable, inSysfs, `${name}: by rtnetlink too`);
  }
});

t.test(
  'without koffi, where /sys is of another namespace, or not there',
  { skip: skipUnless('unshare', 'nsenter') },
  async (t) => {
    const namespaces = new Namespaces();
    t.teardown(() => namespaces.close());
    const [here, there] = [namespaces.add('here'), namespaces.add('there')];
    const [peers, others] = [namespaces.add('peers'), namespaces.add('others')];
    // A device of the same name and index, with another MTU.
    for (const [namespace, peer, mtu] of [
      [here, peers, 1400],
      [there, others, 9000],
    ] as const) {
      joinByVeth(
        { namespace, device: 'same0', addresses: ['10.5.0.1/24'], mtu },
        { namespace: peer, device: 'peer0', addresses: ['10.5.0.2/24'], mtu },
      );
      namespace.run('ping', '-c', namespace === here ? '1' : '3', '-i', '0.2', '10.5.0.2');
    }
    here.ip('link', 'add', 'only0', 'type', 'bridge');
    const asked = (mounts: string): { same: unknown; only: unknown; none: unknown; mtu: unknown } =>
      JSON.parse(
        here.run(
          ...([
            'unshare',
            '-m',
            'sh',
            '-c',
            `mount --make-rprivate / && ${mounts} && exec "$0" "$@"`,
          ] as const),
          ...[process.execPath, '--input-type=module', '--eval', sysfsModule()],
        ),
      );
    const own = asked('true');
    t.match(own, { same: { link: { mtu: 1400 } }, only: { link: { name: 'only0' } }, none: {}, mtu: 1400 });
    const foreign = asked(`nsenter --net=/run/netns/${there.name} mount -t sysfs sysfs /sys`);
    const other = {
      problem: '/sys shows the devices of another network namespace: install the npm package koffi',
    };
    // The MTU is that of IPv6, which /proc/sys has for this namespace.
    t.strictSame(foreign, { same: other, only: other, none: {}, mtu: 1400 });
    const empty = asked('mount -t tmpfs none /sys');
    const absent = {
      problem: 'devices cannot be seen, since /sys is not mounted: install the npm package koffi',
    };
    t.strictSame(empty, { same: absent, only: absent, none: {}, mtu: 1400 });
  },
);

/** Prints what is known of devices without koffi. */
function sysfsModule(): string {
  const url = pathToFileURL(fromRoot('dist/src/linux/sysfs-devices.js')).href;
  return `const { devicesInSysfs, linkInSysfs } = await import('${url}');
const mtu = devicesInSysfs().withAddress('10.5.0.1')?.mtu;
const [same, only, none] = ['same0', 'only0', 'none0'].map(linkInSysfs);
process.stdout.write(JSON.stringify({ same, only, none, mtu }));`;
}
