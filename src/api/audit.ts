/**
 * The audit log: a line for each call that changes something or is refused. It tells who, what, on which resources and
 * with which outcome; nothing of a body, and nothing secret.
 */
import { toLine } from '../resources/text.js';
import type { ApiCall, ApiResponse } from './service.js';
import type { ServiceName } from './services.js';
import { actionNamesOf, SERVICES } from './services.js';

/** A call with its answer, as far as it came. */
export interface AnsweredCall {
  readonly requestId: string;
  /** The address of the peer, or `unix`. */
  readonly source: string;
  /** That of the signature, whether or not it was right; undefined: none that could be told. */
  readonly accessKeyId: string | undefined;
  /** Undefined when it was refused before its action was known. */
  readonly call: ApiCall | undefined;
  readonly answer: ApiResponse;
}

/** The keys of a line are stable: docs/operations.md has them. */
export interface AuditLine {
  /** Those of the user, when it is known who asked. */
  readonly account?: string;
  readonly user?: string;
  readonly accessKeyId?: string;
  readonly service?: ServiceName;
  /** One that the service has. */
  readonly action?: string;
  readonly resources?: readonly string[];
  readonly source: string;
  /** `done`, or the code of the error. */
  readonly outcome: string;
  readonly requestId: string;
  /** How many refusals like this one were left out before it. */
  readonly suppressed?: number;
}

/** Where the lines go. */
export interface AuditLog {
  readonly write: (line: AuditLine) => void;
  /**
   * Bounds what refusals can write: of those with the same key, which are of a small number, passes one now and then.
   * @param write told how many were left out since the last one that passed
   */
  readonly limit: (key: string, write: (suppressed: number) => void) => void;
}

export const DONE = 'done';

/** Of a refused call, the ids are what somebody wrote. */
const REFUSED_RESOURCES = 10;

const RESOURCE_CHARACTERS = 255;

export class Audit {
  readonly #log: AuditLog;

  constructor(log: AuditLog) {
    this.#log = log;
  }

  take(answered: AnsweredCall): void {
    const line = lineOf(answered);
    if (line.outcome === DONE) {
      if (isChanging(answered.call)) this.#log.write(line);
      return;
    }
    // Users and codes are few; what else a line holds is for whoever asks to choose.
    const key = `${answered.call?.principal.arn ?? 'nobody'} ${line.outcome}`;
    this.#log.limit(key, (suppressed) => this.#log.write(suppressed === 0 ? line : { ...line, suppressed }));
  }
}

function isChanging(call: ApiCall | undefined): boolean {
  return call !== undefined && isAmong(SERVICES[call.service].actions.changing, call.action);
}

function lineOf({ requestId, source, accessKeyId, call, answer }: AnsweredCall): AuditLine {
  const outcome = answer.outcome ?? (answer.status < 400 ? DONE : String(answer.status));
  const resources = shown(answer.resourceIds ?? [], outcome);
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

function shown(ids: readonly string[], outcome: string): string[] {
  const told = [...new Set(ids)].slice(0, outcome === DONE ? undefined : REFUSED_RESOURCES);
  return told.map((id) => toLine(id.slice(0, RESOURCE_CHARACTERS)));
}

function isAmong(names: readonly string[], name: string): boolean {
  return names.includes(name);
}
