/** What YAML's nodes may be here: plain data with text keys, each once, and aliases that can be resolved. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  type Node,
  type Pair,
  visit,
  type YAMLMap,
} from 'yaml';
import { show } from '../resources/parsed.js';
import type { LineProblem } from './problem.js';

/** The tags of the data that JSON has. */
const CORE_TAG = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq)$/;

/** Editors and joined files leave one in front of the first key, behind `---`. */
const BYTE_ORDER_MARK = '\ufeff';

/** What `checkNodes` found. */
export interface NodeCheck {
  readonly problems: readonly LineProblem[];
  /** False when a tag or an alias keeps the document from being read as plain data. */
  readonly plain: boolean;
}

/**
 * Reports what is refused, and takes refused keys out of the document.
 * @param isSecretAt tells for an offset that what stands there must not be shown
 */
export function checkNodes(
  yaml: Document,
  lineAt: (offset: number) => number,
  isSecretAt: (offset: number) => boolean,
): NodeCheck {
  const problems: LineProblem[] = [];
  const anchors = new Map<string, Node>();
  let plain = true;
  const report = (node: unknown, text: string): void => {
    problems.push({ line: lineAt(offsetOf(node)), text });
  };
  /** An alias and a tag are what a secret is taken for that begins with `*` or `!`. */
  const refuse = (node: unknown, what: string, name: string, why: string): void => {
    plain = false;
    if (isSecretAt(offsetOf(node))) report(node, `${what} where a secret stands: put the secret in quotes`);
    else report(node, `${what} ${show(name)} ${why}`);
  };
  // Parents come before their children, and everything in the order it is written.
  visit(yaml, (_, node, ancestors) => {
    if (!isNode(node)) return;
    if (isAlias(node)) {
      const source = anchors.get(node.source);
      if (source === undefined) refuse(node, 'alias', node.source, 'has no anchor');
      else if (ancestors.includes(source)) refuse(node, 'alias', node.source, 'holds itself');
      return;
    }
    if (isMap(node)) takeOutRefusedKeys(node, report);
    const { anchor, tag } = node as { anchor?: string; tag?: string };
    if (anchor !== undefined) anchors.set(anchor, node);
    if (tag !== undefined && !CORE_TAG.test(tag)) refuse(node, 'tag', tag, 'is not supported');
  });
  return { problems, plain };
}

function offsetOf(node: unknown): number {
  return (node as Node | undefined)?.range?.[0] ?? 0;
}

function takeOutRefusedKeys(map: YAMLMap, report: (node: unknown, text: string) => void): void {
  const seen = new Set<string>();
  map.items = map.items.filter(({ key }: Pair) => {
    const name = isScalar(key) && typeof key.value === 'string' ? key.value : undefined;
    if (name === undefined) report(key ?? map, 'a key must be text: put it in quotes');
    else if (name.startsWith(BYTE_ORDER_MARK)) {
      report(key, `key ${show(name)} starts with a byte order mark, which nobody sees: delete it`);
    } else if (name === '__proto__') report(key, `${show(name)} cannot be a key`);
    else if (seen.has(name)) report(key, `key ${show(name)} is given twice`);
    else {
      seen.add(name);
      return true;
    }
    return false;
  });
}
