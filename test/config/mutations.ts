/** With any value replaced by any other, the result is a configuration with a plan, or problems of one line each. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { parse } from 'yaml';
import { parseConfiguration } from '../../src/config/load.js';
import { buildPlan } from '../../src/resources/build-plan.js';
import { fromRoot } from '../fixtures/root.js';

const EXAMPLE: unknown = parse(readFileSync(fromRoot('config/example.yaml'), 'utf8'));

const CASES = Number(process.env.CONFIGURATION_CASES ?? 2000);

type Path = readonly (string | number)[];

/** The places of all values, containers included. */
function placesIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [path, ...keys.flatMap((key) => placesIn((value as Record<string, unknown>)[key], [...path, key]))];
}

function withValue(root: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const copy = structuredClone(root) as Record<string | number, unknown>;
  copy[step] = withValue(copy[step], rest, value);
  return copy;
}

function valueAt(path: Path): unknown {
  return path.reduce<unknown>((value, step) => (value as Record<string | number, unknown>)[step], EXAMPLE);
}

/** Values that are wrong in most places, and values that are right in another. */
const strange = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(...placesIn(EXAMPLE).map(valueAt)),
  fc.constantFrom('::1', 'fd00::/8', '10.9.0.2', 'veth0', 'eni-web', 'ring', 'peer', -1, 1e20, 0.5),
);

t.test('one or two values changed', async (t) => {
  const verdicts = { good: 0, bad: 0 };
  const change = fc.tuple(fc.constantFrom(...placesIn(EXAMPLE)), strange);
  fc.assert(
    fc.property(change, fc.option(change), ([path, value], second) => {
      const once = withValue(EXAMPLE, path, value);
      const known = second !== null && placesIn(once).some((place) => `${place}` === `${second[0]}`);
      const input = known ? withValue(once, second[0], second[1]) : once;
      const result = parseConfiguration(JSON.stringify(input, null, 1), 'example.json');
      if (result.ok) {
        verdicts.good++;
        buildPlan(result.configuration);
        return true;
      }
      verdicts.bad++;
      return (
        result.problems.length > 0 &&
        result.problems.every(({ line, text }) => line >= 1 && !/[\r\n]/.test(text))
      );
    }),
    { numRuns: CASES },
  );
  t.ok(verdicts.good > 0 && verdicts.bad > 0, JSON.stringify(verdicts));
});
