/**
 * The difference between two plans of an engine, as it is sent: the sources that changed, whole, and those that are gone.
 * Lists of rules that sources share are sent once.
 */
import type { EnginePlan, WorkerShare } from './engine-plan.js';
import type {
  BackendName,
  Direction,
  EngineOptions,
  RulePlan,
  SessionPlan,
  SourcePlan,
} from './mirror-plan.js';

/** The rules of a session by direction, as places in the list of the change. */
type PackedSession = Omit<SessionPlan, 'rules'> & { readonly rules: Readonly<Record<Direction, number>> };

type PackedSource = Omit<SourcePlan, 'sessions'> & { readonly sessions: readonly PackedSession[] };

/** A source, and the directions in which it is mirrored: at least one. */
export interface PlannedSource {
  readonly source: SourcePlan;
  readonly directions: readonly Direction[];
}

/** Whole for an engine that has no plan yet. */
export interface PlanChange {
  readonly io: BackendName;
  readonly engine: EngineOptions;
  readonly worker?: WorkerShare;
  readonly targetAddresses: readonly string[];
  readonly rules: readonly (readonly RulePlan[])[];
  /** New and changed sources. */
  readonly put: readonly { readonly source: PackedSource; readonly directions: readonly Direction[] }[];
  /** Ids of sources that are not mirrored any more. */
  readonly removed: readonly string[];
}

/** Gives equal lists of rules the same object. */
export type InternRules = (rules: readonly RulePlan[]) => readonly RulePlan[];

/** @returns undefined when both plans are the same. */
export function planChange(before: EnginePlan | undefined, after: EnginePlan): PlanChange | undefined {
  const known = sourcesOf(before?.lanes ?? []);
  const wanted = sourcesOf(after.lanes);
  const { io, engine, targetAddresses, worker } = after;
  const changed = [...wanted.values()].filter((planned) => !isSame(known.get(planned.source.id), planned));
  const removed = [...known.keys()].filter((id) => !wanted.has(id));
  const isOther =
    before === undefined ||
    changed.length > 0 ||
    removed.length > 0 ||
    JSON.stringify([before.engine, before.targetAddresses]) !== JSON.stringify([engine, targetAddresses]);
  if (!isOther) return undefined;
  const rules = new Map<readonly RulePlan[], number>();
  const placeOf = (list: readonly RulePlan[]): number => {
    const place = rules.get(list) ?? rules.size;
    rules.set(list, place);
    return place;
  };
  const put = changed.map(({ source, directions }) => ({ source: pack(source, placeOf), directions }));
  const share = worker === undefined ? {} : { worker };
  return { io, engine, ...share, targetAddresses, rules: [...rules.keys()], put, removed };
}

/** The sources of a change that are new or changed. */
export function sourcesIn({ rules, put }: PlanChange, intern: InternRules): PlannedSource[] {
  const lists = rules.map(intern);
  return put.map(({ source, directions }) => ({
    source: {
      ...source,
      sessions: source.sessions.map((session) => ({
        ...session,
        rules: { ingress: lists[session.rules.ingress] ?? [], egress: lists[session.rules.egress] ?? [] },
      })),
    },
    directions,
  }));
}

function pack(source: SourcePlan, placeOf: (list: readonly RulePlan[]) => number): PackedSource {
  const sessions = source.sessions.map((session) => ({
    ...session,
    rules: { ingress: placeOf(session.rules.ingress), egress: placeOf(session.rules.egress) },
  }));
  return { ...source, sessions };
}

function sourcesOf(lanes: EnginePlan['lanes']): Map<string, PlannedSource> {
  const sources = new Map<string, { source: SourcePlan; directions: Direction[] }>();
  for (const { source, direction } of lanes) {
    const planned = sources.get(source.id);
    if (planned === undefined) sources.set(source.id, { source, directions: [direction] });
    else planned.directions.push(direction);
  }
  return sources;
}

/** Equal sources are mostly the same object, see `resources/plan-cache.ts`. */
function isSame(before: PlannedSource | undefined, { source, directions }: PlannedSource): boolean {
  if (before === undefined || String(before.directions) !== String(directions)) return false;
  return before.source === source || JSON.stringify(before.source) === JSON.stringify(source);
}
