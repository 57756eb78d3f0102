/** When a source that is mirrored in part makes health degraded, and when it ends: once a second, by ten of them. */
import t from 'tap';
import type { LaneCounts } from '../../src/counters/snapshot.js';
import { SourceTroubles, type TroubleChange } from '../../src/status/source-troubles.js';
import { laneCounts } from '../fixtures/status/status.js';

/** What one second adds to a lane. */
interface Second {
  readonly dropped?: number;
  readonly cut?: number;
  readonly behind?: number;
  readonly priority?: number;
}

const FRAMES = 1000;

/** A source of 1,000 frames a second, all of which a session mirrors. */
class Source {
  readonly troubles = new SourceTroubles();
  readonly id: string;
  #frames = 0;
  #dropped = 0;
  #cut = 0;
  #priority = 0;

  constructor(id = 'eni-web') {
    this.id = id;
    this.troubles.observe([this.#counts()], []);
  }

  /** @returns what began and ended, as words. */
  pass(seconds: number, { dropped = 0, cut = 0, behind = 0, priority = 0 }: Second = {}): string[] {
    const changes: TroubleChange[] = [];
    for (let second = 0; second < seconds; second++) {
      this.#frames += FRAMES;
      this.#dropped += dropped;
      this.#cut += cut;
      this.#priority += priority;
      const gauge = {
        sourceId: this.id,
        direction: 'ingress',
        ringFill: 0,
        ringBytes: 0,
        ringWantedBytes: 0,
        behindSeconds: behind,
      } as const;
      changes.push(...this.troubles.observe([this.#counts()], [gauge]));
    }
    return changes.map(({ trouble, begins }) => `${trouble} ${begins ? 'begins' : 'ends'}`);
  }

  #counts(): LaneCounts {
    const { sessions, ...lane } = laneCounts('ingress', { sourceId: this.id, ringDropped: this.#dropped });
    const amount = { packets: this.#frames, bytes: 0 };
    const skipped = { backlog: { packets: 3, bytes: 0 }, priority: { packets: this.#priority, bytes: 0 } };
    const session = { ...sessions[0]!, matched: amount, segmented: 0, segments: 0, cut: this.#cut, skipped };
    return { ...lane, read: amount, sessions: [session] };
  }
}

t.test('a source that is well', async (t) => {
  const source = new Source();
  t.strictSame(source.pass(30), []);
  t.strictSame(source.pass(30, { dropped: 10, cut: 10, behind: 1 }), [], 'up to the limits');
  t.strictSame(source.troubles.texts(), { troubles: [], notes: [] });
});

for (const [trouble, bad] of [
  ['ring-drops', { dropped: 30 }],
  ['cuts', { cut: 30 }],
] as const) {
  t.test(trouble, async (t) => {
    const source = new Source();
    source.pass(10);
    t.strictSame(source.pass(3, bad), [], 'three seconds of 3 % are less than 1 % of ten');
    t.strictSame(source.pass(2, bad), [`${trouble} begins`], 'five are more');
    t.strictSame(source.pass(60, bad), [], 'told once');
    t.strictSame(source.troubles.of('eni-web'), [trouble]);
    t.match(source.troubles.texts().troubles, [/^source eni-web: (2\.9|3\.0) % of its (frames|copies) /]);
    // Seven seconds until ten of them hold less than 1 %, and ten more.
    t.strictSame(source.pass(15), [], 'not over at once');
    t.strictSame(source.pass(3), [`${trouble} ends`]);
    t.strictSame(source.troubles.of('eni-web'), []);
  });
}

t.test('a load that goes up and down', async (t) => {
  const source = new Source();
  const changes = Array.from({ length: 20 }, () => [...source.pass(4, { dropped: 500 }), ...source.pass(4)]);
  t.strictSame(changes.flat(), ['ring-drops begins'], 'does not flap');
});

t.test('behind', async (t) => {
  const source = new Source();
  t.strictSame(source.pass(9, { behind: 2.3 }), [], 'for nine seconds');
  t.strictSame(source.pass(1), [], 'and not in the tenth');
  t.strictSame(source.pass(10, { behind: 2.3 }), ['behind begins']);
  t.strictSame(source.troubles.texts().troubles, ['source eni-web: 2.3 s behind']);
  t.strictSame([...source.pass(9), ...source.pass(1, { behind: 1.1 }), ...source.pass(9)], []);
  t.strictSame(source.pass(1), ['behind ends']);
});

t.test('what gives way as asked for is a note', async (t) => {
  const source = new Source();
  t.strictSame(source.pass(20, { priority: 250 }), []);
  t.strictSame(source.troubles.texts(), {
    troubles: [],
    notes: ['source eni-web: 25.0 % of its copies gave way to other traffic (priority)'],
  });
  source.pass(10);
  t.strictSame(source.troubles.texts().notes, [], 'of the last ten seconds');
});

t.test('counts that go back, and sources that are taken out', async (t) => {
  const source = new Source();
  source.pass(10, { dropped: 500 });
  t.strictSame(source.troubles.of('eni-web'), ['ring-drops']);
  t.strictSame(source.troubles.observe([laneCounts('ingress')], []), [], 'a lane that was taken out');
  const ended = { sourceId: 'eni-web', trouble: 'ring-drops', begins: false, text: 'no longer mirrored' };
  t.strictSame(source.troubles.observe([], []), [ended], 'a source that is taken out is degraded no more');
  t.strictSame(source.troubles.observe([], []), [], 'told once');
  t.strictSame(source.troubles.texts(), { troubles: [], notes: [] }, 'nothing is told of it any more');
});
