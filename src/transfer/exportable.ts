/** Leaves out of a daemon's resources what no configuration file can have, and tells each thing that it leaves out. */
import { configurationSchema } from '../config/schema.js';
import { checkResources } from '../resources/check-resources.js';
import { show } from '../resources/parsed.js';
import { formatPath, type ProblemPath } from '../resources/problem.js';
import { completeQuotas } from '../resources/quotas.js';
import type { ResourceSet } from '../resources/resource-set.js';
import { quotasFor, resourcesIn } from './configuration-text.js';

/** Resources that `check` accepts, and a line for each thing that is missing. */
interface Exportable {
  readonly resources: ResourceSet;
  readonly notes: readonly string[];
}

interface Fault {
  readonly path: ProblemPath;
  readonly text: string;
}

type Node = Record<string | number, unknown>;

/** Keys that a file cannot have; the control API takes them in tags. */
const UNWRITABLE_KEY = /^(?:__proto__$|\ufeff)/;

/** Attributes that are for people: a resource is useful without them. */
const FOR_PEOPLE: readonly (string | number)[] = ['description', 'tags'];

/** @param inactive sessions that mirror nothing, with the reason: in a file they would. */
export function exportable(
  all: ResourceSet,
  inactive: readonly { readonly sessionId: string; readonly reason: string }[],
): Exportable {
  const reasons = new Map(inactive.map(({ sessionId, reason }) => [sessionId, reason]));
  const notes = inactive.map(
    ({ sessionId, reason }) => `session ${show(sessionId)} is left out: it is inactive, ${reason}`,
  );
  const isActive = ({ trafficMirrorSessionId }: { trafficMirrorSessionId: string }): boolean =>
    !reasons.has(trafficMirrorSessionId);
  const draft = structuredClone({
    ...all,
    trafficMirrorSessions: all.trafficMirrorSessions.filter(isActive),
  }) as unknown as Node;
  notes.push(...dropTags(draft));
  for (;;) {
    const checked = check(draft as unknown as ResourceSet);
    if (checked.faults.length === 0) return { resources: checked.resources, notes };
    notes.push(...dropFaults(draft, checked.faults));
  }
}

/** Takes tags out whose keys no file can have. */
function dropTags(draft: Node): string[] {
  const notes: string[] = [];
  const visit = (node: unknown, path: ProblemPath): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      const value = Object.getOwnPropertyDescriptor(node, key)?.value as unknown;
      const here = [...path, Array.isArray(node) ? Number(key) : key];
      if (path.at(-1) !== 'tags') visit(value, here);
      else if (UNWRITABLE_KEY.test(key)) {
        delete (node as Node)[key];
        notes.push(`${nameOf(draft, path)}: the tag ${show(key)} is left out: no file can have its key`);
      }
    }
  };
  visit(draft, []);
  return notes;
}

/** Finds what the schema refuses; when it refuses nothing, what does not fit together. Attributes get the order of the schema. */
function check(draft: ResourceSet): { readonly resources: ResourceSet; readonly faults: readonly Fault[] } {
  const parsed = configurationSchema.safeParse(draft);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => ({
      path: path as ProblemPath,
      text: message,
    }));
    return { resources: draft, faults };
  }
  const resources = resourcesIn(parsed.data);
  return { resources, faults: checkResources(resources, completeQuotas(quotasFor(resources))) };
}

/** Takes out each attribute for people that is at fault, and else the whole resource. */
function dropFaults(draft: Node, faults: readonly Fault[]): string[] {
  const notes: string[] = [];
  const dropped = new Map<string, Set<number>>();
  for (const { path, text } of faults) {
    const attribute = path.findIndex((step) => FOR_PEOPLE.includes(step));
    const [list, index] = path as [string, number];
    if (attribute > 0) {
      // A tag alone, or all of them when there are too many.
      const target = path.slice(0, path[attribute] === 'tags' ? attribute + 2 : attribute + 1);
      if (remove(draft, target))
        notes.push(`${nameOf(draft, path)}: ${formatPath(target)} is left out: ${text}`);
      continue;
    }
    const indices = dropped.get(list) ?? new Set<number>();
    if (indices.has(index)) continue;
    dropped.set(list, indices.add(index));
    notes.push(`${nameOf(draft, path)} is left out: ${formatPath(path)}: ${text}`);
  }
  for (const [list, indices] of dropped) {
    draft[list] = (draft[list] as unknown[]).filter((_, index) => !indices.has(index));
  }
  return notes;
}

/** @returns false when it was removed before. */
function remove(draft: Node, path: ProblemPath): boolean {
  const last = path.at(-1);
  const parent = path.slice(0, -1).reduce<unknown>((node, step) => (node as Node | undefined)?.[step], draft);
  if (last === undefined || typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, last))
    return false;
  delete (parent as Node)[last];
  return true;
}

/** A resource as notes name it: the first attribute of a resource is its id. */
function nameOf(draft: Node, [list, index]: ProblemPath): string {
  const item = (draft[list as string] as readonly Node[] | undefined)?.[Number(index)];
  const id = item === undefined ? '' : Object.values(item)[0];
  return `${String(list)} ${show(id)}`;
}
