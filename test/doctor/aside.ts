/** The process beside the daemon: it judges, ends, and keeps to its bounds. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { judgeAside } from '../../src/doctor/aside.js';
import type { Subject } from '../../src/doctor/subject.js';
import { planWith, wellSource } from '../fixtures/doctor/facts.js';
import { COMMAND, skipWithoutBuild } from '../fixtures/live/daemon/command.js';

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

const BUILT = new URL('../doctor/aside.js', pathToFileURL(COMMAND)).href;
/** Begins many judgements, and ends each at another moment: some are in the middle of a call to the kernel then. */
const ENDING = `
  const { judgeAside } = await import(${JSON.stringify(BUILT)});
  const subject = ${JSON.stringify(subjectOf(1))};
  const [source] = subject.plan.sources;
  subject.plan.sources = Array.from({ length: 3000 }, (_, index) => ({ ...source, device: 'nowhere' + index }));
  const ends = Array.from({ length: 16 }, (_, index) => 50 + 50 * index);
  await Promise.all(ends.map(async (ms) => {
    const { findings, end } = judgeAside(subject, 'ring');
    setTimeout(end, ms);
    await findings;
  }));`;

t.test('findings come from the process', { skip: skipWithoutBuild }, async (t) => {
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

t.test('whenever it is ended, who asked goes on', { skip: skipWithoutBuild }, async (t) => {
  const asker = spawn(process.execPath, ['--input-type=module', '--eval', ENDING], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  asker.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  t.strictSame(await once(asker, 'close'), [0, null], said.join(''));
});
