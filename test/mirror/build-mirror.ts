/** From plan to running mirror. */
import t from 'tap';
import { layOutCounters } from '../../src/counters/lane-bases.js';
import { compile } from '../../src/match/compile.js';
import { buildMirror } from '../../src/mirror/build-mirror.js';
import { RecordingSink } from '../fixtures/mirror/recording-sink.js';
import { sourcePlan } from '../fixtures/plans/builders.js';

t.test('a sink is asked for once per session and address', async (t) => {
  const plan = sourcePlan([{ rules: [{}] }, { rules: [{}] }]);
  const sessions = plan.sessions.map((session) => ({
    ...session,
    targetAddresses: ['10.9.0.2', '10.9.0.3'],
  }));
  const lane = { source: { ...plan, sessions }, direction: 'ingress' } as const;
  const { counters, bases } = layOutCounters([lane]);
  const asked: string[] = [];
  const sink = new RecordingSink(counters);
  buildMirror(lane, compile(lane.source, lane.direction), counters, bases[0]!, (address) => {
    asked.push(address);
    return sink;
  }).endBatch();
  t.same(asked, ['10.9.0.2', '10.9.0.3', '10.9.0.2', '10.9.0.3']);
  t.equal(sink.flushes, 1, 'one sink for all is flushed once');
});
