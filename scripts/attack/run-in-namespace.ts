/**
 * Runs one attack in the daemon's network namespace, where `run.ts` starts it:
 *
 *     node dist/scripts/attack/run-in-namespace.js '{"name":…,"place":…,"size":…,"seed":…,"main":…}'
 *
 * Prints the outcome as JSON on its last line.
 */

import { ATTACKS } from './all-attacks.js';
import type { Outcome } from './attack.js';
import { AttackStand, type StandOptions } from './stand.js';

const { name, ...options } = JSON.parse(process.argv[2] ?? '{}') as StandOptions & { readonly name: string };
const attack = ATTACKS.find((candidate) => candidate.name === name);
if (attack === undefined) throw new Error(`there is no attack ${name}`);
let outcome: Outcome;
try {
  outcome = await attack.run(new AttackStand(options));
} catch (error) {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  outcome = { verdict: 'failed', figures: 'it did not come to its end', faults: [text] };
}
console.log(JSON.stringify(outcome));
// The daemon and the connections of an attack that went wrong are ended with the namespace.
process.exit(0);
