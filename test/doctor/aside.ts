/** The thread beside the daemon: it judges, ends, and keeps to its bounds. */
import t from 'tap';
import { judgeAside } from '../../src/doctor/aside.js';
import type { Subject } from '../../src/doctor/subject.js';
import { planWith, wellSource } from '../fixtures/doctor/facts.js';
import { skipWithoutBuild } from '../fixtures/live/daemon/command.js';

function subjectOf(count: number): Subject {
  const sources = Array.from({ length: count }, (_, index) =>
    wellSource({ id: `eni-${index}`, device: `nowhere${index}` }),
  );
  return {
    configurationFile: undefined,
    plan: planWith(sources),
    resources: undefined,
    hasApi: false,
    secretFiles: [],
  };
}

t.test('findings come from the thread', { skip: skipWithoutBuild }, async (t) => {
  const found = await judgeAside(subjectOf(1), 'ring').findings;
  t.ok(
    found.some(({ code, subject }) => code === 'device-missing' && subject === 'eni-0'),
    JSON.stringify(found),
  );
});

t.test('it can be ended, and then finds nothing', { skip: skipWithoutBuild }, async (t) => {
  const { findings, end } = judgeAside(subjectOf(1), 'ring');
  end();
  t.same(await findings, []);
});

t.test('as many sources as there may be', { skip: skipWithoutBuild }, async (t) => {
  const startMs = performance.now();
  const found = await judgeAside(subjectOf(10_000), 'ring').findings;
  t.equal(found.filter(({ code }) => code === 'device-missing').length, 10_000);
  t.comment(`${Math.round(performance.now() - startMs)} ms`);
});
