/** docs/semantics.md, "Types that are never mirrored": what is never mirrored, although a rule accepts everything. */
import t from 'tap';
import { KIND_ARP, KIND_IPV4, KIND_OTHER, KIND_UNPARSABLE } from '../../src/decode/decoded.js';
import { UNMIRRORED_TYPES, type UnmirroredType } from '../../src/plan/mirror-plan.js';
import { sourcePlan } from '../fixtures/plans/builders.js';
import type { FrameWords } from '../fixtures/plans/decoded.js';
import { checkRows } from '../fixtures/plans/rows.js';

const TCP = 6;
const UDP = 17;
const V6 = { from: '2001:db8::1', to: '2001:db8::2' };
const MATCHED_4 = 'session 0: rule s1r10';
const MATCHED_6 = 'session 0: rule s1r20';

const plan = (...unmirrored: readonly UnmirroredType[]) =>
  sourcePlan([{ rules: [{}, { from: '::/0', to: '::/0' }] }], { unmirrored });
const all = plan(...UNMIRRORED_TYPES);
const row = (name: string, frame: FrameWords, want: string, of = all) => ({ name, plan: of, frame, want });

t.test('kinds', async (t) => {
  checkRows(t, [
    row('a frame that cannot be read', { kind: KIND_UNPARSABLE }, 'unparsable'),
    row('ARP', { kind: KIND_ARP }, 'arp'),
    row('ARP that may be mirrored is not IP', { kind: KIND_ARP }, 'unmatched', plan()),
    row('neither IP nor ARP', { kind: KIND_OTHER }, 'unmatched'),
    row('plain IPv4', { kind: KIND_IPV4 }, MATCHED_4),
    row('plain IPv6', V6, MATCHED_6),
  ]);
});

t.test('dhcp', async (t) => {
  checkRows(t, [
    row('client to server', { protocol: UDP, ports: [68, 67] }, 'dhcp'),
    row('from port 67', { protocol: UDP, ports: [67, 9999] }, 'dhcp'),
    row('to port 68', { protocol: UDP, ports: [9999, 68] }, 'dhcp'),
    row('ports beside it', { protocol: UDP, ports: [66, 69] }, MATCHED_4),
    row('TCP', { protocol: TCP, ports: [68, 67] }, MATCHED_4),
    row('ports of DHCPv6 over IPv4', { protocol: UDP, ports: [546, 547] }, MATCHED_4),
    row('DHCPv6', { ...V6, protocol: UDP, ports: [546, 547] }, 'dhcp'),
    row('from port 547', { ...V6, protocol: UDP, ports: [547, 9999] }, 'dhcp'),
    row('ports of DHCP over IPv6', { ...V6, protocol: UDP, ports: [68, 67] }, MATCHED_6),
    row('ports not known', { protocol: UDP, fragment: 'later' }, MATCHED_4),
    row('not listed', { protocol: UDP, ports: [68, 67] }, MATCHED_4, plan('ntp')),
  ]);
});

t.test('instance-metadata', async (t) => {
  checkRows(t, [
    row('to it', { to: '169.254.169.254', ports: [5000, 80] }, 'instance-metadata'),
    row('from it', { from: '169.254.169.254', ports: [80, 5000] }, 'instance-metadata'),
    row('any protocol', { to: '169.254.169.254', protocol: 1 }, 'instance-metadata'),
    row('later fragment', { to: '169.254.169.254', protocol: TCP, fragment: 'later' }, 'instance-metadata'),
    row('IPv6', { from: 'fd00::1', to: 'fd00:ec2::254', ports: [5000, 80] }, 'instance-metadata'),
    row('neighbour', { to: '169.254.169.255', ports: [5000, 80] }, MATCHED_4),
    row('its word in an IPv6 address', { ...V6, to: 'a9fe:a9fe::' }, MATCHED_6),
    row('not listed', { to: '169.254.169.254' }, MATCHED_4, plan('dhcp')),
  ]);
});

t.test('ntp and amazon-time-sync', async (t) => {
  const timeSync = plan('amazon-time-sync');
  const toServer: FrameWords = { to: '169.254.169.123', protocol: UDP, ports: [5000, 123] };
  checkRows(t, [
    row('ntp to any server', { protocol: UDP, ports: [5000, 123] }, 'ntp'),
    row('ntp from any server', { protocol: UDP, ports: [123, 5000] }, 'ntp'),
    row('ntp over IPv6', { ...V6, protocol: UDP, ports: [123, 123] }, 'ntp'),
    row('TCP is not ntp', { protocol: TCP, ports: [5000, 123] }, MATCHED_4),
    row('ntp comes first', toServer, 'ntp'),
    row('time sync in place of ntp', toServer, 'amazon-time-sync', timeSync),
    row(
      'from the service',
      { from: '169.254.169.123', protocol: UDP, ports: [123, 9] },
      'amazon-time-sync',
      timeSync,
    ),
    row(
      'port on the other side',
      { to: '169.254.169.123', protocol: UDP, ports: [123, 9] },
      'amazon-time-sync',
      timeSync,
    ),
    row(
      'over IPv6',
      { from: 'fd00::1', to: 'fd00:ec2::123', protocol: UDP, ports: [9, 123] },
      'amazon-time-sync',
      timeSync,
    ),
    row('ntp with others', { protocol: UDP, ports: [5000, 123] }, MATCHED_4, timeSync),
    row(
      'another port of the service',
      { to: '169.254.169.123', protocol: UDP, ports: [5, 124] },
      MATCHED_4,
      timeSync,
    ),
  ]);
});

t.test('windows-activation', async (t) => {
  checkRows(t, [
    row('to .250', { to: '169.254.169.250', ports: [5000, 1688] }, 'windows-activation'),
    row('from .251', { from: '169.254.169.251', ports: [1688, 5000] }, 'windows-activation'),
    row('port on the other side', { to: '169.254.169.250', ports: [1688, 5000] }, MATCHED_4),
    row('UDP', { to: '169.254.169.250', protocol: UDP, ports: [5000, 1688] }, MATCHED_4),
    row('.252', { to: '169.254.169.252', ports: [5000, 1688] }, MATCHED_4),
    row('ports not known', { to: '169.254.169.250', protocol: TCP }, MATCHED_4),
  ]);
});

t.test('the order of the types decides, not that of the list', async (t) => {
  const both: FrameWords = { to: '169.254.169.254', protocol: UDP, ports: [68, 67] };
  checkRows(t, [row('dhcp with the metadata service', both, 'dhcp', plan('instance-metadata', 'dhcp'))]);
});
