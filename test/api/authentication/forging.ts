/** No request made without the secret key verifies: 10^5 of them, in both forms, for three services. */
import fc from 'fast-check';
import t from 'tap';
import { forged } from '../../fixtures/api/forging.js';
import { CREDENTIALS } from '../../fixtures/api/recorded-requests.js';
import { judge } from '../../fixtures/api/wire-request.js';

const REQUESTS = 100_000;
/** At least so many must reach the comparison of signatures; otherwise the forgeries are too crude. */
const COMPARED = 20_000;
const NOW = Date.UTC(2026, 10, 20, 18, 40);

t.test('forged requests', async (t) => {
  const outcomes = new Map<string, number>();
  fc.assert(
    fc.property(forged(NOW), (request) => {
      const outcome = judge(request, NOW);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      return outcome !== 'verified';
    }),
    { numRuns: REQUESTS },
  );
  t.comment(JSON.stringify(Object.fromEntries(outcomes)));
  t.equal(
    [...outcomes.values()].reduce((sum, count) => sum + count, 0),
    REQUESTS,
  );
  t.notOk(outcomes.has('verified'));
  t.ok((outcomes.get('wrong-signature') ?? 0) > COMPARED);
});

t.test('requests made with the key verify, in both forms and for every service', async (t) => {
  const verified = fc
    .sample(forged(NOW, [CREDENTIALS.secretAccessKey]), 2000)
    .filter((request) => judge(request, NOW) === 'verified')
    .map(
      ({ headers, url }) =>
        /(ec2|ram|monitoring|sts)(?:\/|%2F)aws4_request/.exec(`${headers} ${url}`)?.[1] +
        (url.includes('?') ? ' in the query' : ' in the header'),
    );
  t.same([...new Set(verified)].sort(), [
    ...['ec2 in the header', 'ec2 in the query', 'monitoring in the header', 'monitoring in the query'],
    ...['ram in the header', 'ram in the query', 'sts in the header', 'sts in the query'],
  ]);
});
