import t from 'tap';
import { compile } from '../../src/match/compile.js';
import type { Prefix } from '../../src/match/ir.js';
import { renderIr, renderPrefix } from '../../src/match/render-ir.js';
import { address, prefix } from '../fixtures/plans/addresses.js';
import { sourcePlan } from '../fixtures/plans/builders.js';

t.test('a plan', async (t) => {
  const plan = sourcePlan(
    [
      {
        amazonDns: true,
        rules: [
          { protocol: 6, from: '10.0.0.0/8', fromPorts: '1024-65535', toPorts: '443' },
          { protocol: 17, to: '192.0.2.1/32', reject: true },
          { protocol: 132 },
          {},
        ],
      },
      { rules: [{ protocol: 1 }, { protocol: 58, from: '2001:db8::/32', to: '::/0' }] },
    ],
    { unmirrored: ['windows-activation'], amazonDnsAddresses: [address('fd00:ec2::253')] },
  );
  t.equal(
    renderIr(compile(plan, 'ingress').ir),
    `arp: unmatched
unmirrored:
  windows-activation: ipv4 tcp 169.254.169.250/32 port 1688 > 0.0.0.0/0 port 0-65535 => unmirrored
  windows-activation: ipv4 tcp 0.0.0.0/0 port 0-65535 > 169.254.169.250/32 port 1688 => unmirrored
  windows-activation: ipv4 tcp 169.254.169.251/32 port 1688 > 0.0.0.0/0 port 0-65535 => unmirrored
  windows-activation: ipv4 tcp 0.0.0.0/0 port 0-65535 > 169.254.169.251/32 port 1688 => unmirrored
network services:
  amazon-dns: ipv6 udp fd00:ec2::253/128 port 53 > ::/0 port 0-65535 => match, outcome 0
  amazon-dns: ipv6 udp ::/0 port 0-65535 > fd00:ec2::253/128 port 53 => match, outcome 0
  amazon-dns: ipv6 tcp fd00:ec2::253/128 port 53 > ::/0 port 0-65535 => match, outcome 0
  amazon-dns: ipv6 tcp ::/0 port 0-65535 > fd00:ec2::253/128 port 53 => match, outcome 0
session 1 tms-1:
  rule 10 s1r10: ipv4 tcp 10.0.0.0/8 port 1024-65535 > 0.0.0.0/0 port 443 => match, outcome 1
  rule 20 s1r20: ipv4 udp 0.0.0.0/0 > 192.0.2.1/32 => reject: next session
  rule 30 s1r30: ipv4 protocol 132 0.0.0.0/0 > 0.0.0.0/0 => match, outcome 2
  rule 40 s1r40: ipv4 any 0.0.0.0/0 > 0.0.0.0/0 => match, outcome 3
session 2 tms-2:
  rule 20 s2r20: ipv6 icmpv6 2001:db8::/32 > ::/0 => match, outcome 5
otherwise: unmatched
left out:
  session 2 tms-2, rule 10 s2r10: never reached: session 1 tms-1, rule 40 s1r40 decides first`,
  );
});

t.test('prefixes (RFC 5952)', async (t) => {
  const rows = [
    '0.0.0.0/0',
    '255.255.255.255/32',
    '::/0',
    '::1/128',
    '1::/16',
    '2001:db8::1/128',
    '2001:db8:0:1:1:1:1:1/128',
    '2001:0:0:1::/64',
    '2001::1:0:0:1/128',
    '1:2:3:4:5:6:7:8/128',
    '10:0:0:100::/64',
    'fe80::a0b:0/112',
  ];
  for (const text of rows) {
    const { words, length } = prefix(text);
    const lowered: Prefix = { words: words.map((word) => word | 0), length };
    t.equal(renderPrefix(lowered), text);
  }
});
