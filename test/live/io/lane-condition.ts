/** What is said of a device before it is opened. */
import t from 'tap';
import { joinByVeth, Namespaces } from '../../../lab/namespaces.js';
import { linkProblem } from '../../../src/io/lane-condition.js';
import { linkInSysfs } from '../../../src/io/libpcap/libpcap-lane.js';
import type { Link } from '../../../src/linux/link-table.js';
import { evalIn } from '../../fixtures/linux/eval-in.js';
import { skipUnless } from '../../fixtures/live/requirements.js';

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
  t.equal(linkInSysfs('nope0'), undefined);
  t.equal(linkInSysfs(''), undefined);
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
      `const { linkInSysfs } = await import(dist + 'src/io/libpcap/libpcap-lane.js');
       const { openLibc } = await import(dist + 'src/linux/libc.js');
       const { LinkTable } = await import(dist + 'src/linux/link-table.js');
       return [linkInSysfs('${device}'), new LinkTable(await openLibc()).find('${device}')]
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
