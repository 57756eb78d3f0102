/** The recorded requests of unmodified clients carry client tokens that nobody gave. */
import t from 'tap';
import { recordedRequests } from '../../fixtures/api/recorded-requests.js';

/** The token of the requests that were made with one. */
const GIVEN = 'tok-sess-1';

t.test('clients make up client tokens', async (t) => {
  const tokens = new Map<string, string[]>();
  for (const { client, body } of recordedRequests) {
    const form = new URLSearchParams(String(body));
    const token = form.get('ClientToken') ?? '';
    if (form.get('Action') !== 'CreateTrafficMirrorSession' || token === GIVEN) continue;
    tokens.set(client, [...(tokens.get(client) ?? []), token]);
  }
  t.equal(tokens.size, 3, 'aws 1, aws 2 and the SDK');
  for (const [client, found] of tokens) {
    t.ok(
      found.every((token) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(token)),
      `${client}: ${found.join()}`,
    );
  }
  const all = [...tokens.values()].flat();
  t.equal(new Set(all).size, all.length, 'another one for each request');
});
