/**
 * What the control API's resources mean, a second time and on its own: from the API reference and docs/api.md, not from
 * the daemon's code. Values are texts, as answers have them.
 */

export type Tags = Readonly<Record<string, string>>;

export interface Target {
  readonly id: string;
  readonly owner: string;
  /** Name of the parameter, and its value. */
  readonly receiver: readonly [parameter: string, name: string];
  readonly description: string | undefined;
  readonly tags: Tags;
}

export interface Filter {
  readonly id: string;
  readonly owner: string;
  readonly services: readonly string[];
  readonly description: string | undefined;
  readonly tags: Tags;
}

export interface Rule {
  readonly id: string;
  readonly filter: string;
  readonly direction: string;
  readonly number: string;
  readonly action: string;
  readonly protocol: string | undefined;
  /** `FROM-TO`. */
  readonly sourcePorts: string | undefined;
  readonly destinationPorts: string | undefined;
  readonly sourceCidr: string;
  readonly destinationCidr: string;
  readonly description: string | undefined;
  readonly tags: Tags;
}

export interface Session {
  readonly id: string;
  readonly owner: string;
  readonly source: string;
  readonly target: string;
  readonly filter: string;
  readonly number: string;
  readonly packetLength: string | undefined;
  readonly vni: string;
  readonly description: string | undefined;
  readonly tags: Tags;
}

/** By id. A table is copied before it is changed, so that a state can be kept. */
export interface State {
  readonly targets: ReadonlyMap<string, Target>;
  readonly filters: ReadonlyMap<string, Filter>;
  readonly rules: ReadonlyMap<string, Rule>;
  readonly sessions: ReadonlyMap<string, Session>;
  /** By account, action and token: the request, and what it created. */
  readonly tokens: ReadonlyMap<string, { readonly request: string; readonly id: string }>;
}

export const EMPTY: State = {
  targets: new Map(),
  filters: new Map(),
  rules: new Map(),
  sessions: new Map(),
  tokens: new Map(),
};

/** A network interface of the inventory. */
interface NetworkInterface {
  readonly networkInterfaceId: string;
  readonly device?: string;
  readonly address?: string;
  readonly ownerId?: string;
}

/** Interfaces and receivers of every kind; the devices are not there, as the daemon allows. */
export function inventoryOf([first, second]: readonly [string, string]) {
  const networkInterfaces: NetworkInterface[] = [
    { networkInterfaceId: 'eni-shared', device: 'absent0' },
    { networkInterfaceId: 'eni-common', device: 'absent1' },
    { networkInterfaceId: 'eni-first', device: 'absent2', ownerId: first },
    { networkInterfaceId: 'eni-second', device: 'absent3', ownerId: second },
    { networkInterfaceId: 'eni-both', device: 'absent4', address: '10.9.0.5' },
    { networkInterfaceId: 'eni-ids', address: '10.9.0.2' },
    { networkInterfaceId: 'eni-ids2', address: '10.9.0.3', ownerId: second },
  ];
  return {
    networkInterfaces,
    networkLoadBalancers: [
      { networkLoadBalancerArn: 'nlb-ids', targets: ['10.9.0.4'] },
      // Sends to an interface that can also be a source.
      { networkLoadBalancerArn: 'nlb-both', targets: ['10.9.0.5'] },
    ],
    gatewayLoadBalancerEndpoints: [{ gatewayLoadBalancerEndpointId: 'vpce-ids', address: '10.9.0.6' }],
  };
}

export type Inventory = ReturnType<typeof inventoryOf>;

export const QUOTAS = {
  targets: 8,
  filters: 5,
  sessions: 9,
  rulesPerFilter: 4,
  sessionsPerNetworkInterface: 3,
} as const;

/** The state with one entry of a table put in, or taken out. */
export function withEntry<Table extends keyof State>(
  state: State,
  table: Table,
  key: string,
  value: (State[Table] extends ReadonlyMap<string, infer Value> ? Value : never) | undefined,
): State {
  const changed = new Map(state[table] as ReadonlyMap<string, unknown>);
  if (value === undefined) changed.delete(key);
  else changed.set(key, value);
  return { ...state, [table]: changed };
}
