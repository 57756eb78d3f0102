/**
 * The activity of every session: active or not, since when, and why not. Judged anew are the sessions of a source or an
 * address of which something was reported, and those that a plan changed; the others are not looked at.
 */
import type { Logger } from 'pino';
import type {
  Direction,
  InactiveSessionPlan,
  MirrorPlan,
  SessionPlan,
  SourcePlan,
} from '../plan/mirror-plan.js';
import type { SessionActivity, SessionCondition } from '../plan/session-activity.js';
import { conditionOf } from '../status/session-condition.js';
import type { TargetReport } from '../targets/target-states.js';
import { type LoggedSession, SessionLog } from './session-log.js';

/** Reports come in bursts, such as all lanes of a plan: they are judged together. */
const JUDGE_AFTER_MS = 20;

/** Where the watch asks for what the engines reported. */
export interface SessionWatchOptions {
  readonly log: Logger;
  readonly lane: (
    sourceId: string,
    direction: Direction,
  ) => { readonly state: string; readonly reason: string };
  readonly target: (address: string) => Pick<TargetReport, 'state' | 'reason'> | undefined;
}

/** A session, and what it is judged by. */
type Watched =
  | { readonly source: SourcePlan; readonly session: SessionPlan }
  | { readonly inactive: InactiveSessionPlan };

export class SessionWatch {
  readonly #options: SessionWatchOptions;
  readonly #log: SessionLog;
  readonly #watched = new Map<string, Watched>();
  readonly #activities = new Map<string, SessionActivity>();
  /** By their ids. */
  readonly #sources = new Map<string, SourcePlan>();
  /** Ids of sessions by the addresses of their targets. */
  readonly #byAddress = new Map<string, Set<string>>();
  /** Ids of the sessions that the plan does not have. */
  #unplanned: ReadonlySet<string> = new Set();
  readonly #unjudged = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SessionWatchOptions) {
    this.#options = options;
    this.#log = new SessionLog(options.log);
  }

  /** Takes the sessions of a plan that runs. Sources that are the same object are not looked at. */
  setPlan({ sources, inactiveSessions = [] }: Pick<MirrorPlan, 'sources' | 'inactiveSessions'>): void {
    const wanted = new Map(sources.map((source) => [source.id, source]));
    const before = new Set(this.#unplanned);
    const kept = new Set<string>();
    const watch = (id: string, watched: Watched): void => {
      kept.add(id);
      this.#watch(id, watched);
    };
    for (const [id, source] of this.#sources) {
      if (wanted.get(id) === source) continue;
      this.#sources.delete(id);
      for (const session of source.sessions) {
        before.add(session.id);
        this.#unlink(session);
      }
    }
    for (const inactive of inactiveSessions) watch(inactive.id, { inactive });
    this.#unplanned = new Set(inactiveSessions.map(({ id }) => id));
    for (const source of sources) {
      if (this.#sources.get(source.id) === source) continue;
      this.#sources.set(source.id, source);
      for (const session of source.sessions) watch(session.id, { source, session });
    }
    for (const id of before) if (!kept.has(id)) this.#forget(id);
    this.#judge();
  }

  /** To be called when a lane of the source has another state or reason. */
  sourceChanged(sourceId: string): void {
    for (const { id } of this.#sources.get(sourceId)?.sessions ?? []) this.#unjudged.add(id);
    this.#judgeSoon();
  }

  /** To be called when an engine has reported of the address. */
  targetChanged(address: string): void {
    for (const id of this.#byAddress.get(address) ?? []) this.#unjudged.add(id);
    this.#judgeSoon();
  }

  /** Undefined: the plan that runs has no such session. */
  of(sessionId: string): SessionActivity | undefined {
    this.#judge();
    return this.#activities.get(sessionId);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#log.close();
  }

  #watch(id: string, watched: Watched): void {
    this.#watched.set(id, watched);
    this.#unjudged.add(id);
    if ('inactive' in watched) return;
    for (const address of watched.session.targetAddresses) {
      const ids = this.#byAddress.get(address);
      if (ids === undefined) this.#byAddress.set(address, new Set([id]));
      else ids.add(id);
    }
  }

  #unlink({ id, targetAddresses }: SessionPlan): void {
    for (const address of targetAddresses) {
      const ids = this.#byAddress.get(address);
      ids?.delete(id);
      if (ids?.size === 0) this.#byAddress.delete(address);
    }
  }

  #forget(id: string): void {
    this.#watched.delete(id);
    this.#activities.delete(id);
  }

  #judgeSoon(): void {
    if (this.#unjudged.size > 0) this.#timer ??= setTimeout(() => this.#judge(), JUDGE_AFTER_MS).unref();
  }

  #judge(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const id of this.#unjudged) {
      const watched = this.#watched.get(id);
      if (watched !== undefined) this.#set(id, watched, this.#conditionOf(watched));
    }
    this.#unjudged.clear();
  }

  #conditionOf(watched: Watched): SessionCondition {
    if ('session' in watched) return conditionOf(watched.source, watched.session, this.#options);
    const { cause, reason } = watched.inactive;
    return { active: false, cause, reason };
  }

  #set(id: string, watched: Watched, condition: SessionCondition): void {
    const before = this.#activities.get(id);
    const isSame = before?.active === condition.active;
    const since = isSame ? before.since : new Date().toISOString();
    this.#activities.set(id, { ...condition, since });
    if (isSame && reasonOf(before) === reasonOf(condition)) return;
    this.#log.changed({ sessionId: id, ...namesOf(watched) }, condition);
  }
}

function namesOf(watched: Watched): Omit<LoggedSession, 'sessionId'> {
  const isPlanned = 'session' in watched;
  const { selectorId } = isPlanned ? watched.source : watched.inactive;
  return {
    sourceId: isPlanned ? watched.source.id : watched.inactive.sourceId,
    targetId: isPlanned ? watched.session.targetId : watched.inactive.targetId,
    ...(selectorId !== undefined && { selectorId }),
  };
}

function reasonOf(condition: SessionCondition): string {
  return condition.active ? '' : condition.reason;
}
