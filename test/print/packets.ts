/** Lines of packets, as tcpdump 4.99 printed these very bytes (`tcpdump -nn -t -S -r`). */
import t from 'tap';
import { printFrame } from '../../src/print/print-packet.js';

const ETHERNET = '020000000001020000000002';

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

function ip4(
  protocol: number,
  payload: string,
  more: { fragment?: number; options?: string; total?: number } = {},
): string {
  const { fragment = 0, options = '', total = 20 + (options.length + payload.length) / 2 } = more;
  const first = hex(0x40 | (5 + options.length / 8), 2);
  return `${ETHERNET}0800${first}00${hex(total, 4)}0001${hex(fragment, 4)}40${hex(protocol, 2)}00000a0100020a010001${options}${payload}`;
}

function ip6(next: number, payload: string, length = payload.length / 2): string {
  const addresses = '20010db8000000000000000000000001' + '20010db8000000000000000000000002';
  return `${ETHERNET}86dd60000000${hex(length, 4)}${hex(next, 2)}40${addresses}${payload}`;
}

function tcp(flags: number, payload = '', options = '', offset = 5 + options.length / 8): string {
  return `9c400051${hex(1, 8)}${hex(2, 8)}${hex(offset << 4, 2)}${hex(flags, 2)}faf000000007${options}${payload}`;
}

function udp(payload: string, length = 8 + payload.length / 2, ports = '9c401388'): string {
  return `${ports}${hex(length, 4)}0000${payload}`;
}

const name = (text: string): string =>
  `${text
    .split('.')
    .map((label) => hex(label.length, 2) + Buffer.from(label).toString('hex'))
    .join('')}00`;

function dns(flags: number, counts: string, rest: string): string {
  return `04d2${hex(flags, 4)}${counts}${rest}`;
}

const query = (message: string): string => ip4(17, udp(message, undefined, '9c400035'));
const answer = (message: string): string => ip4(17, udp(message, undefined, '00359c40'));

const HEAD = 'IP 10.1.0.2.40000 > 10.1.0.1.81: ';
const HEAD_6 = 'IP6 2001:db8::1.40000 > 2001:db8::2.81: ';
const BETWEEN = 'IP 10.1.0.2 > 10.1.0.1: ';
const BETWEEN_6 = 'IP6 2001:db8::1 > 2001:db8::2: ';
const DNS = 'IP 10.1.0.2.40000 > 10.1.0.1.53: ';
const SYN_OPTIONS = '020405b4' + '0402' + '080a0000000100000002' + '01' + '030307';
const EXAMPLE = name('example.com');
const INNER = ip4(17, udp('')).slice(28);
const INNER_6 = ip6(17, udp('')).slice(28);
const icmp = (type: number, code: number, rest: string): string =>
  ip4(1, `${hex(type, 2)}${hex(code, 2)}0000${rest}`);
const icmp6 = (type: number, code: number, rest: string): string =>
  ip6(58, `${hex(type, 2)}${hex(code, 2)}0000${rest}`);

const ROWS: readonly (readonly [frame: string, want: string, captured?: number])[] = [
  [ip4(6, tcp(0x02)), `${HEAD}Flags [S], seq 1, win 64240, length 0`],
  [ip4(6, tcp(0x18, '68656c6c6f')), `${HEAD}Flags [P.], seq 1:6, ack 2, win 64240, length 5`],
  [`${ip4(6, tcp(0x10))}000000000000`, `${HEAD}Flags [.], ack 2, win 64240, length 0`],
  [ip4(6, tcp(0xff, '78')), `${HEAD}Flags [FSRP.UEW], seq 1:2, ack 2, win 64240, urg 7, length 1`],
  [ip4(6, tcp(0)), `${HEAD}Flags [none], win 64240, length 0`],
  [
    ip4(6, tcp(2, '', SYN_OPTIONS)),
    `${HEAD}Flags [S], seq 1, win 64240, options [mss 1460,sackOK,TS val 1 ecr 2,nop,wscale 7], length 0`,
  ],
  [
    ip4(6, tcp(0x10, '', '0101050a0000000500000009')),
    `${HEAD}Flags [.], ack 2, win 64240, options [nop,nop,sack 1 {5:9}], length 0`,
  ],
  [ip4(6, tcp(0x10, '', '00010203')), `${HEAD}Flags [.], ack 2, win 64240, options [eol], length 0`],
  [
    ip4(6, tcp(0x10, '', 'aa040102')),
    `${HEAD}Flags [.], ack 2, win 64240, options [unknown-170 0x0102], length 0`,
  ],
  [ip4(6, tcp(0x10, '', '02010102')), `${HEAD}Flags [.], ack 2, win 64240, options [[bad opt]`],
  [ip4(6, tcp(0x10, '', '02080102')), `${HEAD}Flags [.], ack 2, win 64240, options [[bad opt]`],
  [ip4(6, tcp(2, '', '', 3)), `${HEAD} tcp 8 [bad hdr length 12 - too short, < 20]`],
  [ip4(6, tcp(2, '', '', 15)), `${HEAD}Flags [S] [bad hdr length 60 - too long, > 20]`],
  [ip4(6, tcp(2)), `${HEAD} [|tcp]`, 44],
  [ip4(6, tcp(2)), 'IP 10.1.0.2 > 10.1.0.1: [|tcp]', 36],
  [ip4(6, tcp(2)), 'IP  [|ip]', 24],
  [
    ip4(6, tcp(2), { total: 100 }),
    `IP truncated-ip - 60 bytes missing! ${HEAD.slice(3)}Flags [S], seq 1:61, win 64240, length 60`,
  ],
  [ip4(6, tcp(2), { total: 10 }), 'IP bad-len 10'],
  [ip4(6, tcp(2), { options: '94040000' }), `${HEAD}Flags [S], seq 1, win 64240, length 0`],
  [
    ip4(17, udp('78'.repeat(16), 2000), { fragment: 0x2000 }),
    'IP 10.1.0.2.40000 > 10.1.0.1.5000: UDP, length 1992',
  ],
  [ip4(17, '78'.repeat(16), { fragment: 2 }), 'IP 10.1.0.2 > 10.1.0.1: ip-proto-17'],
  [ip4(17, udp('68656c6c6f')), 'IP 10.1.0.2.40000 > 10.1.0.1.5000: UDP, length 5'],
  [ip4(17, udp('68656c6c6f', 100)), 'IP 10.1.0.2.40000 > 10.1.0.1.5000: UDP, bad length 92 > 5'],
  [ip4(17, udp('68656c6c6f', 4)), 'IP 10.1.0.2.40000 > 10.1.0.1.5000: truncated-udplength 4'],
  [ip4(17, udp('68656c6c6f', 10)), 'IP 10.1.0.2.40000 > 10.1.0.1.5000: UDP, length 2'],
  [ip4(17, udp('68656c6c6f')), 'IP 10.1.0.2.40000 > 10.1.0.1.5000:  [|udp]', 40],
  [ip4(17, udp('68656c6c6f')), 'IP 10.1.0.2 > 10.1.0.1:  [|udp]', 37],
  [ip4(17, '9c40138800'), 'IP 10.1.0.2.40000 > 10.1.0.1.5000: truncated-udp 5'],
  [icmp(8, 0, `00010002${'78'.repeat(8)}`), `${BETWEEN}ICMP echo request, id 1, seq 2, length 16`],
  [icmp(0, 0, `00010002${'78'.repeat(8)}`), `${BETWEEN}ICMP echo reply, id 1, seq 2, length 16`],
  [icmp(3, 1, `00000000${INNER}`), `${BETWEEN}ICMP host 10.1.0.1 unreachable, length 36`],
  [icmp(3, 3, `00000000${INNER}`), `${BETWEEN}ICMP 10.1.0.1 udp port 5000 unreachable, length 36`],
  [
    icmp(3, 4, `00000578${INNER}`),
    `${BETWEEN}ICMP 10.1.0.1 unreachable - need to frag (mtu 1400), length 36`,
  ],
  [icmp(3, 16, `00000000${INNER}`), `${BETWEEN}ICMP 10.1.0.1 unreachable - #16, length 36`],
  [icmp(5, 1, `0a010009${INNER}`), `${BETWEEN}ICMP redirect 10.1.0.1 to host 10.1.0.9, length 36`],
  [icmp(11, 0, `00000000${INNER}`), `${BETWEEN}ICMP time exceeded in-transit, length 36`],
  [icmp(8, 0, `00010002${'78'.repeat(8)}`), `${BETWEEN} [|icmp]`, 40],
  [ip4(132, '000100020000000000000000'), 'IP 10.1.0.2.1 > 10.1.0.1.2: sctp'],
  [ip4(99, '61626364'), `${BETWEEN} ip-proto-99 4`],
  [ip6(6, tcp(2)), `${HEAD_6}Flags [S], seq 1, win 64240, length 0`],
  [ip6(17, udp('68656c6c6f')), 'IP6 2001:db8::1.40000 > 2001:db8::2.5000: UDP, length 5'],
  [
    ip6(6, tcp(2), 200),
    `IP6 truncated-ip6 - 180 bytes missing!${HEAD_6.slice(4)}Flags [S], seq 1:181, win 64240, length 180`,
  ],
  [ip6(6, tcp(2)), `${HEAD_6} [|tcp]`, 64],
  [ip6(6, tcp(2)), '[|ip6]', 44],
  [ip6(59, ''), `${BETWEEN_6}no next header`],
  [ip6(0, `0600010400000000${tcp(2)}`), `${BETWEEN_6}HBH 40000 > 81: Flags [S], seq 1, win 64240, length 0`],
  [
    ip6(60, `0600010400000000${tcp(2)}`),
    `${BETWEEN_6}DSTOPT 40000 > 81: Flags [S], seq 1, win 64240, length 0`,
  ],
  [
    ip6(44, `1100000100000063${udp('78'.repeat(16), 2000)}`),
    `${BETWEEN_6}frag (0|24) 40000 > 5000: UDP, length 1992`,
  ],
  [ip6(44, `1100001900000063${'78'.repeat(16)}`), `${BETWEEN_6}frag (24|16)`],
  [icmp6(128, 0, `00010002${'78'.repeat(8)}`), `${BETWEEN_6}ICMP6, echo request, id 1, seq 2, length 16`],
  [
    icmp6(1, 4, `00000000${INNER_6}`),
    `${BETWEEN_6}ICMP6, destination unreachable, unreachable port, 2001:db8::2 udp port 5000, length 56`,
  ],
  [icmp6(2, 0, `00000578${INNER_6}`), `${BETWEEN_6}ICMP6, packet too big, mtu 1400, length 56`],
  [
    icmp6(135, 0, `00000000fe800000000000000000000000000009`),
    `${BETWEEN_6}ICMP6, neighbor solicitation, who has fe80::9, length 24`,
  ],
  [icmp6(128, 0, `00010002`), `${BETWEEN_6}ICMP6, echo request [|icmp6]`, 59],
  [`${ETHERNET}81000064${ip4(6, tcp(2)).slice(24)}`, `${HEAD}Flags [S], seq 1, win 64240, length 0`],
  [
    `${ETHERNET}88a8006481000005${ip6(6, tcp(2)).slice(24)}`,
    `${HEAD_6}Flags [S], seq 1, win 64240, length 0`,
  ],
  [ip4(6, tcp(2)), '[|ether]', 10],
  [query(dns(0x0100, '0001000000000000', `${EXAMPLE}00010001`)), `${DNS}1234+ A? example.com. (29)`],
  [query(dns(0x0110, '0001000000000000', `${EXAMPLE}000f0001`)), `${DNS}1234+% MX? example.com. (29)`],
  [
    query(dns(0x0100, '0001000000000001', `${EXAMPLE}00010001${'0000290400000000000000'}`)),
    `${DNS}1234+ [1au] A? example.com. (40)`,
  ],
  [query(dns(0x0100, '0001000000000000', `${EXAMPLE}10920001`)), `${DNS}1234+ Type4242? example.com. (29)`],
  [query(dns(0x0100, '0000000000000000', '')), `${DNS}1234+ [0q] (12)`],
  [
    answer(
      dns(
        0x8180,
        '0001000200000000',
        `${EXAMPLE}00010001c00c000500010000003c0005${name('x.y')}c00c000100010000003c000401020304`,
      ),
    ),
    'IP 10.1.0.2.53 > 10.1.0.1.40000: 1234 2/0/0 CNAME x.y., A 1.2.3.4 (62)',
  ],
  [
    answer(dns(0x8183, '0001000000000000', `${EXAMPLE}00010001`)),
    'IP 10.1.0.2.53 > 10.1.0.1.40000: 1234 NXDomain 0/0/0 (29)',
  ],
  [query(dns(0x0100, '0001000000000000', 'c00c00010001')), `${DNS}1234+ A? <BAD PTR> [|domain]`],
  [query(dns(0x0100, '0001000000000000', '05611b5b324a0000010001')), `${DNS}1234+ A? a^[[2J. (23)`],
  [query(dns(0x0100, '0001000000000000', '06612e62ff5c630000010001')), `${DNS}1234+ A? a.bM-^?\\c. (24)`],
  [query('6162'), `${DNS}domain [length 2 < 12] (invalid)`],
];

t.test('rows', async (t) => {
  for (const [frame, want, captured] of ROWS) {
    const bytes = Buffer.from(frame, 'hex');
    const line = printFrame(bytes, 0, captured ?? bytes.length, bytes.length);
    t.equal(line, want, `${frame.slice(24, 80)} ${captured ?? ''}`);
  }
});

t.test('a frame amid other bytes', async (t) => {
  const frame = Buffer.from(ip4(17, udp('68656c6c6f')), 'hex');
  const memory = Buffer.alloc(1000, 0xff);
  frame.copy(memory, 333);
  t.equal(
    printFrame(memory, 333, frame.length, frame.length),
    'IP 10.1.0.2.40000 > 10.1.0.1.5000: UDP, length 5',
  );
});
