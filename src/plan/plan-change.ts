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
  const isSameList = rememberedComparison();
  const changed = [...wanted.values()].filter(
    (planned) => !isSame(known.get(planned.source.id), planned, isSameList),
  );
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

type SameList = (a: readonly RulePlan[], b: readonly RulePlan[]) => boolean;

/** Sources that share a filter compare the same two lists. */
function rememberedComparison(): SameList {
  const known = new Map<
    readonly RulePlan[],
    { readonly other: readonly RulePlan[]; readonly isSame: boolean }
  >();
  return (a, b) => {
    if (a === b) return true;
    const earlier = known.get(a);
    if (earlier?.other === b) return earlier.isSame;
    const isSame = JSON.stringify(a) === JSON.stringify(b);
    known.set(a, { other: b, isSame });
    return isSame;
  };
}

/** Equal sources are mostly the same object, see `resources/plan-cache.ts`. */
function isSame(
  before: PlannedSource | undefined,
  { source, directions }: PlannedSource,
  isSameList: SameList,
): boolean {
  if (before === undefined || String(before.directions) !== String(directions)) return false;
  if (before.source === source) return true;
  if (before.source.sessions.length !== source.sessions.length) return false;
  const hasSameRules = source.sessions.every(({ rules }, index) => {
    const other = before.source.sessions[index].rules;
    return isSameList(other.ingress, rules.ingress) && isSameList(other.egress, rules.egress);
  });
  return hasSameRules && withoutRules(before.source) === withoutRules(source);
}

function withoutRules(source: SourcePlan): string {
  return JSON.stringify({
    ...source,
    sessions: source.sessions.map((session) => ({ ...session, rules: 0 })),
  });
}
