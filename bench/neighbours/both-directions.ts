/** A source of which both directions are wanted, at full load: what it forwards, against a build with two rings for it. */
import { generate } from '../generate.js';
import { framesOf } from '../load/frames.js';
import { SMALL_FRAMES } from '../load/scenario.js';
import { silence, withStand } from '../stand.js';
import { mirrorEverything } from './configuration.js';
import type { Scenario } from './scenario.js';

const SECONDS = 2;

/** @param before `dist/src/cli/main.js` of a build that had a ring for each direction. */
export function bothDirectionsScenarios(before: string): readonly Scenario[] {
  return [
    {
      name: 'both directions wanted, 64 bytes',
      goal: [{ name: 'source forwards, of what it did with two rings', unit: 'x', digits: 3, atLeast: 1.05 }],
      run: async () => {
        // Whoever comes first has a cooler machine.
        const [old, now, nowAgain, oldAgain] = [
          await forwarded(before),
          await forwarded(),
          await forwarded(),
          await forwarded(before),
        ];
        return [(now + nowAgain) / (old + oldAgain)];
      },
    },
  ];
}

/** Packets a second that the source takes. */
function forwarded(main?: string): Promise<number> {
  return withStand({ targetMtu: 1600 }, async ({ topology, start }) => {
    silence(topology);
    await start(mirrorEverything({ devices: ['veth0'], address: '10.9.0.2' }), main);
    const frames = framesOf(SMALL_FRAMES);
    const load = { device: 'veth1', seconds: SECONDS, rate: 0, frames };
    const { sent, seconds } = await generate(topology.client, load);
    return sent / seconds;
  });
}
