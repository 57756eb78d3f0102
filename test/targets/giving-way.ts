/** Copies beside others on a modelled link: what others get, what copies get, and how soon. */
import t from 'tap';
import { GivingWay, UNLIMITED } from '../../src/targets/giving-way.js';
import { held, type Others, run, steady, tcp } from '../fixtures/targets/modelled-link.js';

const DEEP = { megabits: 100, queueBytes: 657_000 };
const SHALLOW = { megabits: 100, queueBytes: 60_000 };
const SLOW = { megabits: 10, queueBytes: 66_000 };

/** Everything that others send is mirrored, with 50 bytes more. */
const mirrored = (_ms: number, taken: number): number => taken * 1.035;
/** Of another source. */
const always = (megabits: number) => {
  const packets = steady(megabits);
  return (ms: number): number => packets(ms, undefined as never);
};
const none: Others = () => 0;

t.test('who gets how much', async (t) => {
  const rows = [
    { name: 'TCP, deep queue', link: DEEP, others: tcp(), copies: mirrored, wantOthers: 97, wantCopies: 0.3 },
    {
      name: 'TCP with small queues',
      link: DEEP,
      others: tcp(12),
      copies: mirrored,
      wantOthers: 97,
      wantCopies: 0.3,
    },
    {
      name: 'TCP, shallow queue',
      link: SHALLOW,
      others: tcp(),
      copies: mirrored,
      wantOthers: 97,
      wantCopies: 0.3,
    },
    {
      name: 'TCP, copies of more than fits',
      link: DEEP,
      others: tcp(),
      copies: always(500),
      wantOthers: 97,
      wantCopies: 0.3,
    },
    {
      name: 'TCP, slow link',
      link: SLOW,
      others: tcp(),
      copies: mirrored,
      wantOthers: 9.7,
      wantCopies: 0.03,
    },
    { name: '60 of 100', link: DEEP, others: steady(60), copies: mirrored, wantOthers: 59.9, wantCopies: 32 },
    {
      name: '60 of 100 in bursts',
      link: DEEP,
      others: steady(60, 86),
      copies: mirrored,
      wantOthers: 59,
      wantCopies: 30,
    },
    {
      name: '60 of 100, held up for 50 of 500 ms',
      link: DEEP,
      others: held(steady(60), 500, 50),
      copies: mirrored,
      wantOthers: 59.4,
      wantCopies: 30,
    },
    {
      name: 'TCP, held up for 100 of 1,000 ms',
      link: DEEP,
      others: held(tcp(), 1000, 100),
      copies: mirrored,
      wantOthers: 91,
      wantCopies: 0.3,
    },
    {
      name: '60 of 100, shallow queue',
      link: SHALLOW,
      others: steady(60),
      copies: mirrored,
      wantOthers: 59.4,
      wantCopies: 32,
    },
    { name: '6 of 10', link: SLOW, others: steady(6), copies: mirrored, wantOthers: 5.9, wantCopies: 3.2 },
    {
      name: 'copies alone, more than fits',
      link: DEEP,
      others: none,
      copies: always(150),
      wantOthers: 0,
      wantCopies: 99,
    },
  ];
  for (const { name, link, others, copies, wantOthers, wantCopies } of rows) {
    const outcome = run(link, others, copies, 6000, 1000);
    const figures = `${outcome.others.toFixed(1)} and ${outcome.copies.toFixed(1)} Mbit/s`;
    t.ok(outcome.others >= wantOthers, `${name}: others, ${figures}`);
    t.ok(outcome.copies >= wantCopies, `${name}: copies, ${figures}`);
  }
});

t.test('nothing is skipped of what fits', async (t) => {
  const rows = [
    { name: '30 of 100', others: steady(30), copies: mirrored },
    { name: '30 of 100 in bursts of 128 KiB', others: steady(30, 86), copies: mirrored },
    { name: '30 of 100, held up for 100 of 500 ms', others: held(steady(30), 500, 100), copies: mirrored },
    { name: 'copies alone', others: none, copies: always(150) },
  ];
  for (const { name, others, copies } of rows) {
    t.equal(run(DEEP, others, copies, 6000, 0).skipped, 0, name);
  }
});

t.test('how soon', async (t) => {
  const STOP_MS = 3000;
  const stopping: Others = (ms, window) => (ms < STOP_MS ? tcp()(ms, window) : 0);
  const { unlimitedAtMs, copies } = run(DEEP, stopping, always(150), 6000, STOP_MS);
  t.ok(unlimitedAtMs - STOP_MS <= 400, `no limit ${unlimitedAtMs - STOP_MS} ms after others stopped`);
  t.ok(copies > 85, `${copies.toFixed(1)} Mbit/s of copies since then`);

  const START_MS = 2000;
  const starting: Others = (ms, window) => (ms < START_MS ? 0 : tcp()(ms, window));
  const soon = run(DEEP, starting, always(150), START_MS + 1500, START_MS + 500);
  t.ok(soon.others > 75, `${soon.others.toFixed(1)} Mbit/s of others from 500 ms after they began`);

  const slower = steady(30);
  const changing: Others = (ms, window) => (ms < STOP_MS ? tcp()(ms, window) : slower(ms, window));
  const later = run(DEEP, changing, always(150), 6000, STOP_MS + 1000);
  t.ok(later.copies > 55, `${later.copies.toFixed(1)} Mbit/s of copies a second after others fell to 30`);
});

t.test('counters that begin anew, and times that do not pass', async (t) => {
  const way = new GivingWay();
  const sample = { sentBytes: 0, backlogBytes: 0, drops: 0, queuedCopyBytes: 0, directCopyBytes: 0 };
  for (const nowMs of [0, 0, 10, 10, 5, 20]) t.equal(way.sample({ ...sample, nowMs }), UNLIMITED);
});

t.test('copies that pass the queue by give way too', async (t) => {
  const way = new GivingWay();
  const step = (index: number) => ({
    nowMs: index * 10,
    sentBytes: index * 125_000,
    backlogBytes: index === 0 ? 0 : 50_000,
    drops: 0,
    queuedCopyBytes: 0,
    directCopyBytes: index * 100_000,
  });
  for (let index = 0; index < 100; index++) way.sample(step(index));
  t.ok(way.allowed <= 2e6, `${(way.allowed / 1e6).toFixed(1)} Mbit/s, a hundredth of what the device sends`);
  t.ok(way.allowed >= 1e6, 'and never nothing');
});
