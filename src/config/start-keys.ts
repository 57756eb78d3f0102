/** What of a configuration is taken at the start: a reload that changes it is refused. */
import { z } from 'zod';
import { formatListen, type ListenAddress } from '../listen/listen.js';
import { show } from '../resources/parsed.js';
import type { ValueProblem } from './problem.js';
import { configurationSchema } from './schema.js';

/** A schema as JSON Schema, as far as it is looked at here. */
interface Node {
  readonly needsRestart?: true;
  readonly properties?: Readonly<Record<string, Node>>;
}

type Values = Readonly<Record<string, unknown>>;

/** The keys marked with `atStart`, each as a path such as `engine.io`, in the order of the schema. */
export function startKeys(): string[] {
  return pathsIn(schemaNode(), []).map((path) => path.join('.'));
}

/** @returns a problem for each key that differs and cannot change while the daemon runs. */
export function findStartChanges(running: object, next: object): ValueProblem[] {
  return changesIn(schemaNode(), running as Values, next as Values, []);
}

function schemaNode(): Node {
  return z.toJSONSchema(configurationSchema, { io: 'input' }) as Node;
}

function pathsIn({ properties }: Node, path: readonly string[]): string[][] {
  return Object.entries(properties ?? {}).flatMap(([key, node]) => {
    const own = [...path, key];
    return [...(node.needsRestart === true ? [own] : []), ...pathsIn(node, own)];
  });
}

function changesIn({ properties }: Node, running: Values, next: Values, path: string[]): ValueProblem[] {
  return Object.entries(properties ?? {}).flatMap(([key, node]) => {
    const [now, asked, own] = [running[key], next[key], [...path, key]];
    const hasKeys = pathsIn(node, own).length > 0;
    // A section with marked keys is marked for being there at all.
    const isThere = (value: unknown): unknown => (value === undefined ? 'none' : 'one');
    const [before, after] = hasKeys ? [isThere(now), isThere(asked)] : [now, asked];
    if (node.needsRestart === true && JSON.stringify(before) !== JSON.stringify(after)) {
      return [
        { path: own, text: `a change takes a new start; the running daemon has ${show(textOf(before))}` },
      ];
    }
    return hasKeys ? changesIn(node, (now ?? {}) as Values, (asked ?? {}) as Values, own) : [];
  });
}

/** A value as it stands in a file, or close to that. */
function textOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return 'kind' in value ? formatListen(value as ListenAddress) : JSON.stringify(value);
}
