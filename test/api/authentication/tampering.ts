/** A signed request that was changed on the way verifies only if its meaning is the same: 10^5 changes. */
import fc from 'fast-check';
import t from 'tap';
import { recordedRequests } from '../../fixtures/api/recorded-requests.js';
import { meaningOf, signedHeadersOf, swapped, tampered } from '../../fixtures/api/tampering.js';
import { judge, signedWireRequests, wireRequestOf } from '../../fixtures/api/wire-request.js';

const CHANGES = 100_000;
/** At least so many must reach the comparison of signatures; otherwise the changes are too crude. */
const COMPARED = 20_000;
/** The time of the recorded requests, which were signed within minutes. */
const NOW = Date.UTC(2026, 10, 20, 18, 40);

t.test('changed requests', async (t) => {
  const recorded = recordedRequests
    .map(wireRequestOf)
    .filter((request) => judge(request, NOW) === 'verified');
  t.equal(recorded.length, 78);
  const made = await signedWireRequests(new Date(NOW));
  for (const request of made) t.equal(judge(request, NOW), 'verified', `${request.method} ${request.url}`);
  const outcomes = new Map<string, number>();
  fc.assert(
    // The requests made here have every service in both forms; the recorded ones have headers of real clients.
    fc.property(tampered([...made, ...made, ...made, ...recorded]), ({ before, after }) => {
      const signed = signedHeadersOf(before);
      fc.pre(meaningOf(before, signed) !== meaningOf(after, signed));
      const outcome = judge(after, NOW);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      return outcome !== 'verified';
    }),
    { numRuns: CHANGES },
  );
  t.comment(JSON.stringify(Object.fromEntries(outcomes)));
  t.equal(
    [...outcomes.values()].reduce((sum, count) => sum + count, 0),
    CHANGES,
  );
  t.notOk(outcomes.has('verified'));
  t.ok((outcomes.get('wrong-signature') ?? 0) > COMPARED);
});

t.test('signatures of other requests', async (t) => {
  const made = await signedWireRequests(new Date(NOW));
  const all = [...made, ...recordedRequests.map(wireRequestOf)];
  for (const request of made) {
    const outcomes = new Set(
      all.filter((other) => other !== request).map((other) => judge(swapped(request, other), NOW)),
    );
    t.same([...outcomes], ['wrong-signature'], `${request.method} ${request.url}`);
  }
});
