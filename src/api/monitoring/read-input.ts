/** Input of CloudWatch's actions in one form, whatever the protocol: structures, lists, and times as dates. */
import type { z } from 'zod';
import { isSmallInput } from '../input-size.js';
import type { ApiInput } from '../service.js';
import { invalidValue, MonitoringError } from './monitoring-error.js';

/** Members by what AWS Query, in which everything is text, must make of them. */
const INTEGERS: ReadonlySet<string> = new Set(['Period', 'MaxDatapoints']);
const BOOLEANS: ReadonlySet<string> = new Set(['IncludeLinkedAccounts', 'ReturnData']);
const TIMES: ReadonlySet<string> = new Set(['StartTime', 'EndTime']);
const COMMON_NAMES: ReadonlySet<string> = new Set(['Action', 'Version']);

const INTEGER = /^-?\d{1,15}$/;
const INDEX = /^[1-9]\d{0,3}$/;
/** ISO 8601 in UTC or with an offset; `Date.parse` takes much more. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
/** Of names in AWS Query; the deepest has nine. */
const MAXIMUM_STEPS = 12;

/** @throws MonitoringError MissingParameter, InvalidParameterValue */
export function readInput<Schema extends z.ZodType>(schema: Schema, input: ApiInput): z.output<Schema> {
  if (input.format !== 'query' && !isSmallInput(input.body))
    throw invalidValue('The request has too many members');
  const result = schema.safeParse(
    input.format === 'query' ? unflatten(input.parameters) : withDates(input.body),
  );
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue?.path.join('.') ?? '';
  if (issue?.code === 'invalid_type' && issue.message.endsWith('undefined')) {
    throw new MonitoringError('MissingParameter', `The parameter ${place} is required.`);
  }
  throw invalidValue(`${place === '' ? 'Input' : place}: ${issue?.message}`);
}

/** `Dimensions.member.1.Name=a` to `{ Dimensions: [{ Name: 'a' }] }`. */
function unflatten(parameters: ReadonlyMap<string, string>): unknown {
  const root = new Node();
  for (const [name, text] of parameters) {
    if (COMMON_NAMES.has(name)) continue;
    const steps = name.split('.');
    if (steps.length > MAXIMUM_STEPS) throw invalidValue(`${name.slice(0, 60)}… is not a parameter`);
    let node = root;
    for (const step of steps) node = node.child(step);
    node.text = text;
  }
  return root.value('') ?? {};
}

class Node {
  readonly #children = new Map<string, Node>();
  text: string | undefined;

  child(name: string): Node {
    const child = this.#children.get(name) ?? new Node();
    this.#children.set(name, child);
    return child;
  }

  /** @param name of the member that this is the value of */
  value(name: string): unknown {
    const members = this.#children.get('member');
    if (members !== undefined && this.#children.size === 1) return members.#items();
    if (this.#children.size > 0) {
      return Object.fromEntries([...this.#children].map(([key, child]) => [key, child.value(key)]));
    }
    return this.text === undefined ? undefined : parseText(name, this.text);
  }

  #items(): unknown[] {
    const items = [...this.#children].filter(([index]) => INDEX.test(index));
    return items.sort(([a], [b]) => Number(a) - Number(b)).map(([, item]) => item.value(''));
  }
}

function parseText(name: string, text: string): unknown {
  if (INTEGERS.has(name) && INTEGER.test(text)) return Number(text);
  if (BOOLEANS.has(name) && (text === 'true' || text === 'false')) return text === 'true';
  if (TIMES.has(name) && TIME.test(text)) return new Date(text);
  return text;
}

/** Times of JSON and CBOR are numbers of seconds. */
function withDates(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) =>
      TIMES.has(name) && typeof value === 'number' ? [name, new Date(value * 1000)] : [name, value],
    ),
  );
}
