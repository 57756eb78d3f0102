/** Each goal is met by figures that reach it, and missed by figures that do not. */
import t from 'tap';
import { type Goal, goalsOf, partText } from '../../../bench/load/goals.js';
import type { Results, Series } from '../../../bench/load/results.js';
import { goodResults, measurement, steady } from '../../fixtures/bench/results.js';

const missed = (results: Results): string[] =>
  goalsOf(results).flatMap(({ text, isMet }) => (isMet ? [] : [text]));

/** The good results with one series in place of the one of the same name. */
function withLoad(series: Results['load'][number]): Results {
  const good = goodResults();
  const isSame = ({ scenario, contender }: Series<unknown>): boolean =>
    scenario === series.scenario && contender === series.contender;
  return { ...good, load: good.load.map((one) => (isSame(one) ? series : one)) };
}

t.test('all are met by good figures, and there is none too few', async (t) => {
  const goals = goalsOf(goodResults());
  t.same(missed(goodResults()), []);
  // 3 losses, 4 + 2 rates against others, 6 costs, 2 of the source, 4 of bulk TCP, 2 latencies, 2 of memory, 1 idle.
  t.equal(goals.length, 26);
  t.equal(new Set(goals.map(({ text }) => text)).size, goals.length);
});

t.test('figures that were not taken have no goal', async (t) => {
  const nothing = goodResults({ load: [], bulkTcp: [], latency: [], idle: [] });
  const { overload, ...rest } = nothing;
  t.ok(overload);
  t.same(goalsOf(rest), []);
  t.equal(goalsOf(goodResults({ externals: [] })).length, 20);
});

t.test('one frame that is lost misses 0 %', async (t) => {
  const lossy = measurement(1_600_000, { mirrored: 3_199_999 });
  const values = [lossy, lossy, measurement(1_600_000)];
  const results = withLoad({ scenario: '512 bytes', contender: 'default', values });
  t.same(missed(results), ['lost of what the source forwards, 512 bytes, default']);
  const [goal] = goalsOf(results).filter(({ isMet }) => !isMet);
  t.match(goal?.reached, /^0\.00003 % \(0 %–0\.00003 %\)$/);
});

t.test('a slow default misses what is said of it', async (t) => {
  t.same(missed(withLoad(steady('64 bytes', 'default', 1_430_000))), [
    'mirrored, 64 bytes, default against tc mirred + vxlan device',
    'mirrored, 64 bytes, default against C loop, routed',
    'source forwards, 64 bytes, all mirrored, default against no mirror',
  ]);
});

t.test('a slow routed misses its own', async (t) => {
  t.same(missed(withLoad(steady('64 bytes', 'routed', 1_000_000))), [
    'mirrored, 64 bytes, routed against tc mirred + vxlan device',
  ]);
});

t.test('copies that cost more than those of another', async (t) => {
  const dear = measurement(1_600_000, { mirrorProcessors: 0.8 * 1.15 });
  const values = [dear, dear, dear];
  t.same(missed(withLoad({ scenario: '64 bytes', contender: 'xdp', values })), []);
  t.same(missed(withLoad({ scenario: '1400 bytes', contender: 'xdp', values })), [
    'CPU for a copy, 1400 bytes, xdp against other, xdp',
  ]);
});

t.test('a ratio is that of the medians, with the spread of the rounds', async (t) => {
  const values = [1_600_000, 1_800_000, 2_000_000].map((pps) => measurement(pps));
  const goal = goalOf(withLoad({ scenario: '64 bytes', contender: 'default', values }), /default against tc/);
  t.equal(goal?.reached, '2.00x (1.78x–2.22x)');
});

t.test('a round that failed is left out', async (t) => {
  const values = [null, measurement(1_800_000), measurement(1_800_000)];
  t.equal(
    goalOf(withLoad({ scenario: '64 bytes', contender: 'default', values }), /default against tc/)?.reached,
    '2.00x',
  );
});

t.test('memory that grows is not flat', async (t) => {
  const samples = Array.from({ length: 120 }, (_, index) => ({
    beyondRings: 100 + index / 8,
    rings: 34,
    others: 90,
  }));
  const overload = { minutes: 10, samples, due: 2, mirrored: 1 };
  t.same(missed(goodResults({ overload })), ['its growth, 10 minutes of overload']);
});

t.test('ring drops, latency and idle CPU', async (t) => {
  const bulk = { scenario: 'whole', contender: 'default' };
  const values = [{ gigabits: 19, mirroredPps: 1, ringDropped: 1 }];
  const plain = { scenario: 'whole', contender: 'no mirror', values: [{ gigabits: 20, mirroredPps: 0 }] };
  t.same(missed(goodResults({ bulkTcp: [plain, { ...bulk, values }] })), [
    'bulk TCP, whole, default: ring drops',
  ]);
  const latency = {
    scenario: '1,000 frames/s',
    contender: 'default',
    values: [{ p50Ms: 0.51, p99Ms: 1.51, samples: 1 }],
  };
  t.equal(missed(goodResults({ latency: [latency] })).length, 2);
  const idle = { scenario: 'one source', contender: 'default', values: [{ cpu: 0.011 }] };
  t.same(missed(goodResults({ idle: [idle] })), ['CPU of all processes while nothing comes']);
});

t.test('a part above 0 never shows as 0', async (t) => {
  t.same([0, 1e-7, 0.0004, 0.25, -0.25].map(partText), ['0 %', '0.00001 %', '0.04 %', '25.0 %', '-25.0 %']);
});

function goalOf(results: Results, text: RegExp): Goal | undefined {
  return goalsOf(results).find((goal) => text.test(goal.text));
}
