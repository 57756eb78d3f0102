/**
 * The audit log: a line for each call that changes something, hands out packets, or fails. It has the caller, the action,
 * the resources and the outcome, but nothing else of the request, and no secrets.
 */
import { toLine } from '../resources/text.js';
import type { ApiCall, ApiResponse } from './service.js';
import { actionNamesOf, isAudited, type ServiceName } from './services.js';

/** A call and its response. */
export interface AnsweredCall {
  readonly requestId: string;
  /** The address of the peer, or `unix`. */
  readonly source: string;
  /** The access key of the signature, even if that was wrong. Undefined: the request names none. */
  readonly accessKeyId: string | undefined;
  /** Undefined when it was refused before its action was known. */
  readonly call: ApiCall | undefined;
  readonly response: ApiResponse;
}

/** A line of the audit log. Its keys are stable; docs/operations.md lists them. `daemon/peek-server.ts` writes those of `Peek`. */
export interface AuditLine {
  /** Id of the account; like `user`, only of an authenticated caller. */
  readonly account?: string;
  readonly user?: string;
  readonly accessKeyId?: string;
  readonly service?: ServiceName;
  /** Absent when the service has no such action. */
  readonly action?: string;
  readonly resources?: readonly string[];
  readonly source: string;
  /** `done`, or the code of the error. */
  readonly outcome: string;
  readonly requestId: string;
  // Up to `seconds` for the action `Peek` only: the process that peeks, what it asked for, and in its last line how many
  // copies it got.
  readonly pid?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly sources?: readonly string[];
  readonly direction?: string;
  readonly copies?: number;
  readonly leftOut?: number;
  readonly seconds?: number;
  /** How many failures like this one were left out before it. */
  readonly suppressed?: number;
}

/** The output of the audit log. */
export interface AuditLog {
  readonly write: (line: AuditLine) => void;
  /**
   * Limits the rate of failures with the same key. The number of keys is small.
   * @param write called for a failure that is not left out, with the number of those that were since the last one
   */
  readonly limit: (key: string, write: (suppressed: number) => void) => void;
}

/** The outcome of a call that succeeded. */
export const DONE = 'done';

/** The most ids in the line of a failed call, in which they are the caller's own text. */
const FAILED_RESOURCES = 10;

const RESOURCE_CHARACTERS = 255;

/** Writes the audit log. */
export class Audit {
  readonly #log: AuditLog;

  constructor(log: AuditLog) {
    this.#log = log;
  }

  /** Writes the line of a call, if there is one. */
  record(answered: AnsweredCall): void {
    const line = lineOf(answered);
    if (line.outcome === DONE) {
      const { call } = answered;
      if (call !== undefined && isAudited(call.service, call.action)) this.#log.write(line);
      return;
    }
    // There are few users and codes. A caller could choose anything else without limit.
    const key = `${answered.call?.principal.arn ?? 'nobody'} ${line.outcome}`;
    this.#log.limit(key, (suppressed) => this.#log.write(suppressed === 0 ? line : { ...line, suppressed }));
  }
}

function lineOf({ requestId, source, accessKeyId, call, response }: AnsweredCall): AuditLine {
  const outcome = response.outcome ?? (response.status < 400 ? DONE : String(response.status));
  const resources = shownIds(response.resourceIds ?? [], outcome);
  return {
    ...(call !== undefined && { account: call.principal.accountId, user: call.principal.userName }),
    ...(accessKeyId !== undefined && { accessKeyId }),
    ...(call !== undefined && { service: call.service }),
    ...(call !== undefined && isAmong(actionNamesOf(call.service), call.action) && { action: call.action }),
    ...(resources.length > 0 && { resources }),
    source,
    outcome,
    requestId,
  };
}

/** The ids as a line shows them: of what failed a few only, since those are the caller's own text. */
export function shownIds(ids: readonly string[], outcome: string): string[] {
  const first = [...new Set(ids)].slice(0, outcome === DONE ? undefined : FAILED_RESOURCES);
  return first.map((id) => toLine(id.slice(0, RESOURCE_CHARACTERS)));
}

function isAmong(names: readonly string[], name: string): boolean {
  return names.includes(name);
}
