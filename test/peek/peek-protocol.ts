/** Requests from anybody who may open the socket: they are understood or refused, whatever they hold. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { wantsLane, wantsOrigin } from '../../src/peek/peek-order.js';
import { parsePeekRequest } from '../../src/peek/peek-protocol.js';

t.test('any text gives a request or nothing', async (t) => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.json());
  const property = fc.property(text, (line) => {
    const request = parsePeekRequest(line);
    assert.ok(request === undefined || typeof request.version === 'number');
  });
  fc.assert(property, { numRuns: 2000 });
  t.pass();
});

t.test('members of later versions are passed over', async (t) => {
  const line = JSON.stringify({
    version: 1,
    filter: { sessionIds: ['a'], colour: 1 },
    snapshotLength: 5,
    more: {},
  });
  t.strictSame(parsePeekRequest(line), { version: 1, filter: { sessionIds: ['a'] }, snapshotLength: 5 });
});

t.test('what a filter wants', async (t) => {
  const origin = { sourceId: 's', direction: 'ingress', sessionId: 'a' } as const;
  t.ok(wantsOrigin({}, origin));
  t.ok(wantsOrigin({ sessionIds: ['b', 'a'], sourceIds: ['s'], direction: 'ingress' }, origin));
  t.notOk(wantsOrigin({ sessionIds: [] }, origin));
  t.notOk(wantsOrigin({ sessionIds: ['b'] }, origin));
  t.notOk(wantsOrigin({ sourceIds: ['t'] }, origin));
  t.notOk(wantsOrigin({ direction: 'egress' }, origin));
  t.ok(wantsLane({ sessionIds: ['b'] }, origin), 'a lane may have any session');
});
