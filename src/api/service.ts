/**
 * The interface between the server of the control API and its services. The server receives a request, authenticates it
 * and finds its service. The service responds in the protocol of the request, also with errors.
 */
import type { ServiceName } from './services.js';

/** Values of a JSON or CBOR input. GetMetricData with 500 queries of one dimension each has 8000. */
const MAXIMUM_INPUT_VALUES = 20_000;

/** A statement of an IAM policy. It was checked when the configuration was read. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  /** Exactly one of `Action` and `NotAction`; `*` and `?` are wildcards. */
  readonly Action?: readonly string[];
  readonly NotAction?: readonly string[];
  /** Exactly one of `Resource` and `NotResource`. */
  readonly Resource?: readonly string[];
  readonly NotResource?: readonly string[];
  /** Values by operator and condition key. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** How a request came, as the server itself sees it. Nothing that the request says changes it. */
export interface RequestOrigin {
  /** The other end of the connection, IPv4 or IPv6; undefined on a unix socket. */
  readonly sourceIp: string | undefined;
  /** True for a connection with TLS. */
  readonly isSecure: boolean;
  /** The daemon's time when the signature was verified, in milliseconds since 1970. */
  readonly time: number;
}

/** The caller: a user of an account. */
export interface Principal {
  /** Twelve digits. */
  readonly accountId: string;
  readonly userName: string;
  /** `arn:aws:iam::ACCOUNT:user/NAME`. */
  readonly arn: string;
  /** Those of the user and of its groups. */
  readonly statements: readonly PolicyStatement[];
  /** Of the request that is judged. Absent: not of a request; then it has no value for the keys that depend on it. */
  readonly origin?: RequestOrigin;
}

/** The input of a call, decoded from its protocol. */
export type ApiInput =
  /** AWS Query and EC2 Query: flat names, each of them once, without the parameters of the signature. */
  | { readonly format: 'query'; readonly parameters: ReadonlyMap<string, string> }
  /** AWS JSON and REST-JSON: the decoded body, and the query string of a REST call. */
  | { readonly format: 'json'; readonly body: unknown; readonly query: ReadonlyMap<string, string> }
  /** Smithy RPC v2 with CBOR. */
  | { readonly format: 'cbor'; readonly body: unknown };

/** An authenticated request. */
export interface ApiCall {
  readonly service: ServiceName;
  /** Such as `CreateTrafficMirrorTarget`; for a REST call, the operation of its method and path. */
  readonly action: string;
  readonly region: string;
  readonly principal: Principal;
  /** A UUID. The server sends it as `x-amzn-RequestId`; services put it into the body. */
  readonly requestId: string;
  readonly input: ApiInput;
  /** Aborted when nobody waits for the response any more. Absent: that is not known. */
  readonly gone?: AbortSignal;
}

/** A response, without the headers that the server adds to all. */
export interface ApiResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** For the audit log: `done`, or the code of the error. Absent: derived from the status. */
  readonly outcome?: string;
  /** For the audit log: the ids and ARNs that the call named or created. */
  readonly resourceIds?: readonly string[];
}

/** A service. What is wrong with a call is an error response, never a rejection. */
export interface ApiService {
  handle(call: ApiCall): Promise<ApiResponse>;
}

/**
 * Values by condition key, such as `aws:RequestTag/team`. Keys are not case-sensitive. `aws:TagKeys` is a set of
 * values; with several values for another key, a condition is judged for each of them.
 */
export type ConditionKeys = Readonly<Record<string, string | readonly string[]>>;

/** implicit-deny: no statement allows it. explicit-deny: a statement denies it, even if others allow it. */
export type Decision = 'allow' | 'implicit-deny' | 'explicit-deny';

/**
 * Judges an action on a resource by the policies of the caller. A call on several resources needs permission for each.
 * @param action with its service: `ec2:CreateTrafficMirrorSession`
 * @param resourceArn `*` for actions without a resource
 * @param conditions condition keys of the call and the resource; those of the principal and its request are added
 */
export type Authorize = (
  principal: Principal,
  action: string,
  resourceArn: string,
  conditions: ConditionKeys,
) => Decision;

/** The targets that accounts share. */
export interface TargetShares {
  /** True while the target is in a share that the account has accepted, or that is for the organization of both. */
  isSharedWith(targetArn: string, accountId: string): boolean;
}

/** The organization of an account, and the organizational units of it that the account is in. */
export interface Membership {
  /** `o-…`. */
  readonly organization: string;
  /** `ou-…`, each with those above it. */
  readonly organizationalUnits: readonly string[];
}

/** The organizations of the accounts in the configuration file. */
export interface OrganizationDirectory {
  /** Undefined: the account is in no organization, or not in the file. */
  membershipOf(accountId: string): Membership | undefined;
  /** True when an account of the organization is in the unit. */
  hasUnit(organization: string, unit: string): boolean;
}

/** The targets of the configuration file and of the API, for services other than EC2. */
export interface TargetDirectory {
  /** The account that owns the target; undefined: there is no such target. */
  ownerOf(targetArn: string): string | undefined;
}

/** A change of the durable state: sets the value of a key in a table, or deletes it with `undefined`. */
export interface StateChange {
  readonly table: string;
  readonly key: string;
  /** JSON. */
  readonly value: unknown;
}

/** The durable state of the control API, as services use it. */
export interface DurableState {
  /** The values of a table by key, with changes that are not durable yet. The map is live. */
  table<Value>(name: string): ReadonlyMap<string, Value>;
  /** Calls the watcher for every value that is set or deleted, also when a change is undone. */
  watch(watcher: (table: string, key: string, before: unknown, after: unknown) => void): void;
  /**
   * Makes the changes, all or none. Tables show them at once. Resolves when they are on disk and the engine has applied
   * them. Values must not be modified afterwards.
   * @throws StateError (rejects) when they could not be made; tables are then as before
   */
  commit(changes: readonly StateChange[]): Promise<void>;
  /**
   * Resolves when everything that tables show now is durable. A response must wait for it.
   * @throws StateError (rejects) when some of it was undone
   */
  settled(): Promise<void>;
}

/** False when a decoded input has more values, at any depth, than any request needs. Called before it is validated. */
export function isSmallInput(input: unknown): boolean {
  const left: unknown[] = [input];
  let count = 0;
  for (let value = left.pop(); value !== undefined || left.length > 0; value = left.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    const members = Object.values(value);
    count += members.length;
    if (count > MAXIMUM_INPUT_VALUES) return false;
    for (const member of members) left.push(member);
  }
  return true;
}
