import fc from 'fast-check';
import t from 'tap';
import { workerShare } from '../../../src/match/bpf/worker-share.js';
import { checkBpf } from '../../fixtures/bpf/check-bpf.js';
import { type FrameMetadata, runBpf } from '../../fixtures/bpf/run-bpf.js';
import { seenBySocket } from '../../fixtures/bpf/seen-by-socket.js';
import { arbitraryFrame } from '../../fixtures/frames/arbitrary.js';
import { type Address, extension, fragment, ipv4, ipv6 } from '../../fixtures/frames/ip.js';
import { frame, type Layer, payload } from '../../fixtures/frames/layer.js';
import { arp, ethernet, vlan } from '../../fixtures/frames/link.js';
import { arbitraryMutatedFrame } from '../../fixtures/frames/mutated.js';
import { icmp, sctp, tcp, udp } from '../../fixtures/frames/transport.js';

const WHOLE = 0xffff_ffff;
const KEEP = { code: 0x06, jt: 0, jf: 0, k: WHOLE };
const WORKERS = [1, 2, 3, 7, 8, 16];
const RUNS = 300;
/** More extension headers than the program walks over. */
const LONG_CHAIN = 7;

const programs = WORKERS.map((of) =>
  Array.from({ length: of }, (_, index) => [...workerShare(index, of), KEEP]),
);

/** The worker of a frame for each number of workers. @throws Error unless it is exactly one. */
function workersOf(bytes: Uint8Array, metadata: FrameMetadata = {}): number[] {
  return programs.map((shares) => {
    const takers = shares.flatMap((program, index) =>
      runBpf(program, bytes, metadata) === WHOLE ? [index] : [],
    );
    if (takers.length !== 1) throw new Error(`of ${shares.length} workers ${takers.length} take it`);
    return takers[0]!;
  });
}

/** The workers of a frame however the socket sees its tags: always the same. */
function workersOfSeen(bytes: Uint8Array): number[] {
  const [first, ...others] = seenBySocket(bytes).map((seen) => workersOf(seen.bytes, seen.metadata));
  for (const other of others)
    if (`${other}` !== `${first}`) throw new Error(`with its tag ${first}, without ${other}`);
  return first!;
}

interface Flow {
  readonly family: 4 | 6;
  readonly here: Address;
  readonly there: Address;
  readonly ports: readonly [number, number];
  readonly transport: 'tcp' | 'udp' | 'sctp';
}

function address(family: 4 | 6): fc.Arbitrary<Address> {
  const length = family === 4 ? 1 : 4;
  const word = fc.integer({ min: 0, max: 0xffff_ffff });
  return fc.array(word, { minLength: length, maxLength: length }).map((words) => ({ family, words }));
}

const port = fc.nat(65535);
const flows: fc.Arbitrary<Flow> = fc.constantFrom<4 | 6>(4, 6).chain((family) =>
  fc.record({
    family: fc.constant(family),
    here: address(family),
    there: address(family),
    ports: fc.tuple(port, port),
    transport: fc.constantFrom('tcp', 'udp', 'sctp'),
  }),
);

const TRANSPORTS = { tcp, udp, sctp };

function answer({ here, there, ports, ...rest }: Flow): Flow {
  return { ...rest, here: there, there: here, ports: [ports[1], ports[0]] };
}

function network(flow: Flow, fields: Parameters<typeof ipv4>[0] = {}): Layer {
  const addresses = { source: flow.here, destination: flow.there };
  return flow.family === 4 ? ipv4({ ...addresses, ...fields }) : ipv6(addresses);
}

function transport({ transport, ports: [sourcePort, destinationPort] }: Flow): Layer {
  return TRANSPORTS[transport]({ sourcePort, destinationPort });
}

/** Whole datagrams of a flow in every form. */
function datagrams(flow: Flow): Uint8Array[] {
  const inside = [transport(flow), payload(20)];
  const between =
    flow.family === 4
      ? [[network(flow, { options: [1, 1, 1, 1] })]]
      : [
          [network(flow), extension(0)],
          [network(flow), extension(60, { size: 24 }), extension(43), extension(51, { size: 16 })],
          // An atomic fragment (RFC 6946).
          [network(flow), extension(0), fragment()],
        ];
  const forms = [[network(flow)], ...between];
  const tags = [
    [],
    [vlan({ id: 7 })],
    [vlan({ tag: 0x88a8, id: 9 }), vlan({ id: 7 })],
    [vlan({ tag: 0x9100 })],
  ];
  return tags.flatMap((tag) => forms.map((form) => frame(ethernet(), ...tag, ...form, ...inside)));
}

/** The fragments of one datagram. */
function fragments(flow: Flow): Uint8Array[] {
  const pieces = [
    { offset: 0, more: true, inside: [transport(flow), payload(24)] },
    { offset: 6, more: true, inside: [payload(48)] },
    { offset: 12, more: false, inside: [payload(3)] },
  ];
  const tags = [[], [vlan({ id: 7 })]];
  return tags.flatMap((tag) =>
    pieces.map(({ offset, more, inside }) =>
      flow.family === 4
        ? frame(
            ethernet(),
            ...tag,
            network(flow, { fragmentOffset: offset, moreFragments: more, protocol: 17 }),
            ...inside,
          )
        : frame(
            ethernet(),
            ...tag,
            network(flow),
            extension(0),
            fragment({ offset, more, nextHeader: 17 }),
            ...inside,
          ),
    ),
  );
}

function checkSame(frames: readonly Uint8Array[]): void {
  const [first, ...others] = frames.map((bytes) => `${workersOfSeen(bytes)}`);
  for (const [index, other] of others.entries())
    if (other !== first) throw new Error(`frame 0 goes to ${first}, frame ${index + 1} to ${other}`);
}

t.test('a flow has one worker, both ways and in every form', async (t) => {
  const property = fc.property(flows, (flow) => checkSame([...datagrams(flow), ...datagrams(answer(flow))]));
  t.doesNotThrow(() => fc.assert(property, { numRuns: RUNS }));
});

t.test('so have the fragments of a datagram, both ways', async (t) => {
  const property = fc.property(flows, (flow) => checkSame([...fragments(flow), ...fragments(answer(flow))]));
  t.doesNotThrow(() => fc.assert(property, { numRuns: RUNS }));
});

t.test('a flow label makes no difference', async (t) => {
  const six = flows.filter(({ family }) => family === 6);
  const property = fc.property(six, fc.nat(0xf_ffff), fc.nat(255), (flow, label, trafficClass) => {
    const bytes = frame(ethernet(), network(flow), transport(flow));
    const labelled = Uint8Array.from(bytes);
    new DataView(labelled.buffer).setUint32(14, (6 << 28) | (trafficClass << 20) | label);
    checkSame([bytes, labelled]);
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: RUNS }));
});

t.test('every frame has exactly one worker', async (t) => {
  const frames = fc.oneof(arbitraryFrame, arbitraryMutatedFrame).filter(({ length }) => length >= 14);
  const property = fc.property(frames, (bytes) => {
    for (const seen of seenBySocket(bytes)) workersOf(seen.bytes, seen.metadata);
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 3000 }));
});

t.test('a frame that ends anywhere has one too', async (t) => {
  const property = fc.property(flows, (flow) => {
    for (const bytes of [...datagrams(flow), ...fragments(flow)])
      for (let length = 14; length < bytes.length; length++) workersOf(bytes.subarray(0, length));
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 10 }));
});

t.test('who goes where', async (t) => {
  const first = WORKERS.map(() => 0);
  t.same(workersOf(frame(ethernet(), arp())), first, 'ARP: the first');
  const fourTags = [vlan(), vlan(), vlan(), vlan()];
  t.same(workersOf(frame(ethernet(), ...fourTags, ipv4(), tcp())), first, 'four tags: the first');
  const chain = Array.from({ length: LONG_CHAIN }, () => extension(60));
  const byAddresses = workersOf(frame(ethernet(), ipv6(), icmp()));
  t.same(workersOf(frame(ethernet(), ipv6(), ...chain, tcp())), byAddresses, 'a long chain: by addresses');
  t.same(
    workersOf(frame(ethernet(), ipv6(), ...chain.slice(1), tcp())),
    workersOf(frame(ethernet(), ipv6(), tcp())),
    'as long as it is walked over: by ports',
  );
});

t.test('flows spread evenly', async (t) => {
  const kinds: { name: string; flow: (index: number) => Layer[] }[] = [
    {
      name: 'clients of one server',
      flow: (index) => [ipv4({ source: `10.0.${index >> 8}.${index & 255}` }), tcp()],
    },
    { name: 'ports of one client', flow: (index) => [ipv4(), tcp({ sourcePort: 32768 + index })] },
    {
      name: 'pairs that count up together',
      flow: (index) => [
        ipv4({ source: `10.0.0.${index & 255}`, destination: `10.1.${index >> 8}.${index & 255}` }),
        icmp(),
      ],
    },
    {
      name: 'IPv6 clients',
      flow: (index) => [ipv6({ source: `2001:db8::${index.toString(16)}` }), udp()],
    },
    { name: 'IPv6 ports', flow: (index) => [ipv6(), udp({ sourcePort: 1024 + 2 * index })] },
    {
      name: 'IPv6 networks',
      flow: (index) => [ipv6({ source: `2001:db8:${index.toString(16)}::1` }), udp()],
    },
  ];
  const count = 1024;
  for (const { name, flow } of kinds) {
    const workers = Array.from({ length: count }, (_, index) => workersOf(frame(ethernet(), ...flow(index))));
    for (const [place, of] of WORKERS.entries()) {
      const shares = Array<number>(of).fill(0);
      for (const worker of workers) shares[worker[place]!]!++;
      const most = Math.max(...shares) / (count / of);
      t.ok(most < 1.6, `${name}: of ${of} workers the busiest has ${most.toFixed(2)} of its share`);
    }
  }
});

t.test('the kernel takes it', async (t) => {
  for (const shares of programs) for (const program of shares) checkBpf(program);
  t.ok(programs[1]![0]!.length < 600, `${programs[1]![0]!.length} instructions`);
});
