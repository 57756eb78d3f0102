import type { Logger } from 'pino';
import t from 'tap';
import { EnvironmentWatch, logFindings } from '../../src/daemon/environment-watch.js';
import { RateLimit } from '../../src/daemon/log.js';
import { type Finding, finding } from '../../src/doctor/finding.js';
import type { Subject } from '../../src/doctor/subject.js';
import { waitFor } from '../fixtures/live/daemon/waiting.js';

const DOWN = finding('error', 'device-down', 'eni-web', 'device eth0 is down', 'ip link set dev eth0 up');

function fakeLog(): { log: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const log = { warn: (fields: object, msg: string) => lines.push({ ...fields, msg }) } as unknown as Logger;
  return { log, lines };
}

/** A judge whose judgements end when the test says so. */
class FakeJudge {
  started = 0;
  ended = 0;
  readonly #answers: ((findings: readonly Finding[]) => void)[] = [];

  readonly judge = () => {
    this.started += 1;
    const findings = new Promise<readonly Finding[]>((resolve) => this.#answers.push(resolve));
    return { findings, end: () => this.#end() };
  };

  #end(): void {
    this.ended += 1;
  }

  answer(...findings: Finding[]): void {
    this.#answers.shift()?.(findings);
  }
}

function watch(log: Logger) {
  const judge = new FakeJudge();
  const subject = () => ({ subject: {} as Subject, io: 'ring' as const });
  return { judge, environment: new EnvironmentWatch({ log, subject, judge: judge.judge, delayMs: 1 }) };
}

t.test('findings are logged with their remedy; hints are not', async (t) => {
  const { log, lines } = fakeLog();
  const { judge, environment } = watch(log);
  environment.request();
  await waitFor(
    'a judgement',
    () => judge.started,
    (count) => count === 1,
  );
  judge.answer(DOWN, { ...DOWN, severity: 'hint', text: 'a hint' });
  await waitFor(
    'a line',
    () => lines.length,
    (count) => count > 0,
  );
  t.same(lines, [
    {
      finding: 'device-down',
      subject: 'eni-web',
      problem: 'device eth0 is down',
      remedy: 'ip link set dev eth0 up',
      msg: 'copies are kept away or cut',
    },
  ]);
  environment.close();
});

t.test('any number of requests during a judgement cause one more', async (t) => {
  const { log } = fakeLog();
  const { judge, environment } = watch(log);
  environment.request();
  await waitFor(
    'a judgement',
    () => judge.started,
    (count) => count === 1,
  );
  for (let count = 0; count < 100; count++) environment.request();
  judge.answer();
  await waitFor(
    'another',
    () => judge.started,
    (count) => count === 2,
  );
  judge.answer();
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.equal(judge.started, 2);
  environment.close();
});

t.test('what is judged at the end is ended, and logs nothing', async (t) => {
  const { log, lines } = fakeLog();
  const { judge, environment } = watch(log);
  environment.request();
  await waitFor(
    'a judgement',
    () => judge.started,
    (count) => count === 1,
  );
  environment.close();
  t.equal(judge.ended, 1);
  judge.answer(DOWN);
  environment.request();
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.same(lines, []);
  t.equal(judge.started, 1, 'nothing begins any more');
});

t.test('the same is logged once in ten seconds, and never more than twenty at once', async (t) => {
  const { log, lines } = fakeLog();
  const limit = new RateLimit(10_000);
  for (let reload = 0; reload < 50; reload++) logFindings(log, [DOWN], limit);
  t.equal(lines.length, 1);
  const many = Array.from({ length: 10_000 }, (_, index) => ({
    ...DOWN,
    text: `device lan${index} is down`,
  }));
  logFindings(log, many, limit);
  t.equal(lines.length, 1 + 20 + 1);
  t.match(lines.at(-1), { problem: '9980 more findings', remedy: 'traffic-mirror doctor' });
});
