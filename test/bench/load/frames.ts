/** Frames of the generator, and how many of them are wanted. */
import t from 'tap';
import { framesOf, wantedAmong } from '../../../bench/load/frames.js';
import { LARGE_FRAMES, NOTHING_WANTED, type Scenario, SMALL_FRAMES } from '../../../bench/load/scenario.js';

const ONE_PERCENT: Scenario = { ...SMALL_FRAMES, wanted: 0.01 };
const SOURCE_PORT = 34;
const DESTINATION_PORT = 36;
const portAt = (hex: string, offset: number): number => Buffer.from(hex, 'hex').readUInt16BE(offset);
const isWanted = (hex: string): boolean => portAt(hex, DESTINATION_PORT) === 80;

t.test('length and flows are those of the scenario', async (t) => {
  for (const scenario of [
    SMALL_FRAMES,
    LARGE_FRAMES,
    ...[1, 16, 1000].map((flows) => ({ ...SMALL_FRAMES, flows })),
  ]) {
    const frames = framesOf(scenario);
    t.ok(frames.every((frame) => frame.length === 2 * scenario.frameBytes));
    t.equal(new Set(frames.map((frame) => portAt(frame, SOURCE_PORT))).size, scenario.flows);
  }
});

t.test('so many are wanted as the frames show', async (t) => {
  for (const scenario of [SMALL_FRAMES, ONE_PERCENT, NOTHING_WANTED, { ...ONE_PERCENT, flows: 1000 }]) {
    const frames = framesOf(scenario);
    t.equal(frames.filter(isWanted).length, frames.length * scenario.wanted);
    for (const sent of [0, 1, 99, 100, 101, 1000, 1234]) {
      const wanted = Array.from({ length: sent }, (_, index) => frames[index % frames.length] ?? '').filter(
        isWanted,
      );
      t.equal(wantedAmong(scenario, sent), wanted.length, `${scenario.name}, ${sent} sent`);
    }
  }
});
