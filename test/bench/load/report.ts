/** The page says what was measured, on what, and what failed. */
import t from 'tap';
import { renderChart } from '../../../bench/load/chart.js';
import { renderReport } from '../../../bench/load/report.js';
import { machineNanoseconds, seriesOf } from '../../../bench/load/results.js';
import { goodResults, measurement } from '../../fixtures/bench/results.js';

t.test('a good run', async (t) => {
  const page = renderReport(goodResults());
  t.match(page, 'Written by `npm run bench -- --rounds 3` on 2026-01-02');
  t.match(page, 'Load average over a minute: 0.1 before, 1.9 after');
  t.match(page, 'Medians of 3 rounds');
  t.match(page, '| 64 bytes | routed | 1100 | 1100 | 0 % | 500 |');
  t.match(page, '| 64 bytes | no mirror | 2000 |  |  |  |  | 100 |');
  t.match(page, '2.0 million copies a second due for 10 minutes, of which 50.0 % came');
  t.match(page, '| 5.0 | 100 | 34 | 90 |');
  t.notMatch(page, /Failed|missed|NaN|undefined/);
});

t.test('how the copies of the default left', async (t) => {
  const values = [measurement(1e6, { emission: 'xdp' }), null, measurement(1e6, { emission: 'routed' })];
  const load = [{ scenario: '64 bytes', contender: 'default', values }];
  t.match(renderReport(goodResults({ load })), '| 64 bytes | default (xdp; routed) |');
});

t.test('what failed', async (t) => {
  const load = [{ scenario: '64 bytes', contender: 'xdp', values: [null, null, null] }];
  const page = renderReport(goodResults({ load, failures: ['round 1, load: 64 bytes: xdp: no'] }));
  t.match(page, 'Failed:\n\n- round 1, load: 64 bytes: xdp: no');
  t.match(page, '| 64 bytes | xdp |  |  |  |  |  |  |');
});

t.test('how soft interrupts are accounted', async (t) => {
  t.match(renderReport(goodResults()), 'On this kernel that includes soft interrupts');
  t.match(renderReport(goodResults({ isInterruptTimeApart: true })), 'accounts soft interrupts apart');
  t.match(renderReport(goodResults({ isInterruptTimeApart: null })), 'this kernel does not tell');
});

t.test('the machine has the cost beyond forwarding', async (t) => {
  const scenario = '64 bytes';
  const plain = measurement(1e6, { busyProcessors: 1, mirroredPps: 0, mirrorProcessors: 0 });
  const mirror = measurement(1e6, { forwardedPps: 5e5, mirroredPps: 5e5, busyProcessors: 1.25 });
  const results = goodResults({
    load: [
      { scenario, contender: 'no mirror', values: [plain] },
      { scenario, contender: 'direct', values: [mirror] },
    ],
  });
  const direct = seriesOf(results.load, scenario, 'direct');
  t.equal(direct && machineNanoseconds(results, direct)?.median, 1500);
  t.equal(direct && machineNanoseconds(goodResults({ load: [direct] }), direct), undefined);
});

t.test('the chart has a bar for each that mirrors', async (t) => {
  const chart = renderChart(goodResults());
  const bars = [...chart.matchAll(/kpps/g)].length;
  t.equal(bars, 3 * 9);
  t.notMatch(chart, /no mirror|NaN/);
});
