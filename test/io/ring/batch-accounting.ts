/** Every copy is counted exactly once, and is sent at most once, whatever the kernel answers. */
import assert from 'node:assert/strict';
import { constants } from 'node:os';
import fc from 'fast-check';
import t from 'tap';
import { Batching } from '../../fixtures/io/batching.js';

const { EAGAIN, ECONNREFUSED, EMSGSIZE, EPERM, ENETUNREACH, ENOBUFS, EINVAL, EHOSTUNREACH } = constants.errno;
const HEADERS = 16;
const SESSIONS = 3;
const FRAMES = 600;

type Step =
  | { readonly do: 'send'; readonly session: number; readonly length: number }
  | { readonly do: 'flush' }
  | { readonly do: 'mtu'; readonly mtu: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 40,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      session: fc.nat(SESSIONS - 1),
      length: fc.constantFrom(4, 14, 60, 100, 150, 250),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'flush' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('mtu' as const), mtu: fc.constantFrom(90, 136, 200, 1500) }),
  },
);

/** Takes so many (0: all), or refuses. */
const answer = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 20 }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...[
        EAGAIN,
        ECONNREFUSED,
        ECONNREFUSED,
        EMSGSIZE,
        EPERM,
        ENETUNREACH,
        ENOBUFS,
        EINVAL,
        EHOSTUNREACH,
      ].map((e) => -e),
    ),
  },
);

t.test('over random answers', async (t) => {
  const property = fc.property(
    fc.array(step, { maxLength: FRAMES, size: 'max' }),
    fc.array(answer, { minLength: 1, maxLength: 40 }),
    (steps, answers) => {
      const batching = new Batching(undefined, FRAMES);
      const { libc, sink } = batching;
      const offered = Array.from({ length: SESSIONS }, () => ({ packets: 0, bytes: 0 }));
      const taken: number[] = [];
      let calls = 0;
      libc.onSend = (count, read) => {
        const wanted = answers[calls++ % answers.length]!;
        if (wanted < 0) return wanted;
        const accepted = wanted === 0 ? count : Math.min(wanted, count);
        for (let index = 0; index < accepted; index++) taken.push(checkPacket(read(index)));
        return accepted;
      };
      for (const one of steps) {
        if (one.do === 'flush') sink.flush();
        else if (one.do === 'mtu') batching.setMtu(one.mtu);
        else {
          offered[one.session]!.packets += 1;
          offered[one.session]!.bytes += one.length;
          batching.send(one.length, one.session);
        }
      }
      sink.flush();

      let mirrored = 0;
      for (const [session, { packets, bytes }] of offered.entries()) {
        const counts = batching.counts(session);
        const amounts = [counts.mirrored, ...Object.values(counts.skipped)];
        assert.equal(sum(amounts.map((amount) => amount.packets)), packets, 'packets');
        assert.equal(sum(amounts.map((amount) => amount.bytes)), bytes, 'bytes');
        assert.ok(counts.cut <= packets);
        mirrored += counts.mirrored.packets;
      }
      assert.equal(mirrored, taken.length, 'mirrored is what the kernel took');
      assert.deepEqual(
        taken,
        [...new Set(taken)].sort((a, b) => a - b),
        'in order, each once',
      );
    },
  );
  fc.assert(property, { numRuns: 250 });
  t.pass();
});

/** @returns the frame's number. */
function checkPacket(packet: Uint8Array): number {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  assert.equal(view.getUint16(4), packet.length, 'UDP length');
  const number = view.getUint32(HEADERS);
  const rest = packet.subarray(HEADERS + 4);
  assert.ok(
    rest.every((byte) => byte === (number & 0xff)),
    'the bytes of its frame',
  );
  return number;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
