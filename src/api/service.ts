/**
 * What the control API's server and its services say to each other. The server takes a request off the wire,
 * authenticates it and finds its service; the service answers in its own protocol, errors too.
 */

import type { ServiceName } from './services.js';

/** One statement of an IAM policy, as it was checked when the configuration was read. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  /** Exactly one of `Action` and `NotAction`; `*` and `?` are wildcards. */
  readonly Action?: readonly string[];
  readonly NotAction?: readonly string[];
  /** Exactly one of `Resource` and `NotResource`. */
  readonly Resource?: readonly string[];
  readonly NotResource?: readonly string[];
  /** Operator to condition key to values. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** Who calls: a user of an account. */
export interface Principal {
  /** Twelve digits. */
  readonly accountId: string;
  readonly userName: string;
  /** `arn:aws:iam::ACCOUNT:user/NAME`. */
  readonly arn: string;
  readonly statements: readonly PolicyStatement[];
}

/** What a call asks for, decoded as far as its protocol goes. */
export type ApiInput =
  /** AWS Query and EC2 Query: flat, every name once, without what only the signature needs. */
  | { readonly format: 'query'; readonly parameters: ReadonlyMap<string, string> }
  /** AWS JSON and REST-JSON: what the body holds; `query` is the query string of a REST call. */
  | { readonly format: 'json'; readonly body: unknown; readonly query: ReadonlyMap<string, string> }
  /** Smithy RPC v2 with CBOR. */
  | { readonly format: 'cbor'; readonly body: unknown };

/** An authenticated request. */
export interface ApiCall {
  readonly service: ServiceName;
  /** `CreateTrafficMirrorTarget`; of a REST call, the operation that its method and path stand for. */
  readonly action: string;
  readonly region: string;
  readonly principal: Principal;
  /** A UUID; the server sends it as `x-amzn-RequestId`, services put it into the body. */
  readonly requestId: string;
  readonly input: ApiInput;
}

/** A response without the headers that every response has. */
export interface ApiResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** For the audit log: `done`, or the code of the error. Absent: what the status says. */
  readonly outcome?: string;
  /** For the audit log: what the call was about, as far as it named something. */
  readonly resourceIds?: readonly string[];
}

/** Never rejects for what a caller sent: that is an answer with an error in it. */
export interface ApiService {
  handle(call: ApiCall): Promise<ApiResponse>;
}

/**
 * Values by condition key, such as `aws:RequestTag/team`; the keys' case does not matter. `aws:TagKeys` is a set of
 * values; several values of another key are several readings of it, each of which counts.
 */
export type ConditionKeys = Readonly<Record<string, string | readonly string[]>>;

/** implicit-deny: no statement allows it. explicit-deny: one forbids it, whatever others say. */
export type Decision = 'allow' | 'implicit-deny' | 'explicit-deny';

/**
 * Judges one action on one resource by the policies of the caller. A call that touches several resources is
 * allowed when each of them is.
 * @param action with its service: `ec2:CreateTrafficMirrorSession`
 * @param resourceArn `*` for actions that know no resources
 * @param conditions those of the call and of the resource; those of the principal are added
 */
export type Authorize = (
  principal: Principal,
  action: string,
  resourceArn: string,
  conditions: ConditionKeys,
) => Decision;

/** What the resource shares of accounts mean for targets. */
export interface TargetShares {
  /** True while some share that the account has accepted, or need not accept, holds the target. */
  isSharedWith(targetArn: string, accountId: string): boolean;
}

/** The targets, for services that are not EC2: those of the configuration file and those of the API. */
export interface TargetDirectory {
  /** The account whose target it is; undefined: there is none. */
  ownerOf(targetArn: string): string | undefined;
}

/** A change of the durable state: a value by table and key, or `undefined` to take it away. */
export interface StateChange {
  readonly table: string;
  readonly key: string;
  /** JSON. */
  readonly value: unknown;
}

/** The durable state of the control API, as services that are not EC2 use it. */
export interface DurableState {
  /** What a table holds, changes under way included. The map is live. */
  table<Value>(name: string): ReadonlyMap<string, Value>;
  /** Tells of every value that comes or goes in a table, also when a change is undone. */
  watch(watcher: (table: string, key: string, before: unknown, after: unknown) => void): void;
  /**
   * Makes the changes, all or none: seen in tables at once, and resolved when they are on disk and the engine
   * follows them. Values must not be changed afterwards.
   * @throws StateError (rejects) when they could not be made; tables are then as before
   */
  commit(changes: readonly StateChange[]): Promise<void>;
  /**
   * Resolves when all that tables show now is durable: what a caller is told must not be taken back.
   * @throws StateError (rejects) when some of it was taken back
   */
  settled(): Promise<void>;
}
