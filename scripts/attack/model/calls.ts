/** Random calls: most of them possible, some of what is not there, of what is another's, or of what is not allowed. */
import { randomBytes } from 'node:crypto';
import type { Random } from '../../../test/fixtures/plans/random.js';
import type { Values } from '../client.js';
import type { Inventory, State } from './state.js';

export interface Call {
  readonly account: string;
  readonly action: string;
  readonly values: Values;
}

type Table = 'targets' | 'filters' | 'rules' | 'sessions';

const PREFIXES: Readonly<Record<Table, string>> = {
  targets: 'tmt',
  filters: 'tmf',
  rules: 'tmfr',
  sessions: 'tms',
};
const TYPES: Readonly<Record<Table, string>> = {
  targets: 'traffic-mirror-target',
  filters: 'traffic-mirror-filter',
  rules: 'traffic-mirror-filter-rule',
  sessions: 'traffic-mirror-session',
};
const TABLES = Object.keys(PREFIXES) as Table[];
const RECENT = 30;
const KEYS = ['team', 'Team', 'stage', 'owner'];
const CIDRS = ['0.0.0.0/0', '10.0.0.0/8', '::/0'];

/** Makes calls that fit what there is, and remembers what was there. */
export class Calls {
  readonly #random: Random;
  readonly #accounts: readonly string[];
  readonly #inventory: Inventory;
  /** Ids that were created, and may be gone. */
  readonly #recent: Record<Table, string[]> = { targets: [], filters: [], rules: [], sessions: [] };
  /** Creations that may be sent again. */
  readonly #sent: Call[] = [];
  #tokens = 0;

  constructor(random: Random, accounts: readonly string[], inventory: Inventory) {
    this.#random = random;
    this.#accounts = accounts;
    this.#inventory = inventory;
  }

  /** For the calls that follow. */
  remember(state: State): void {
    for (const table of TABLES) {
      const known = this.#recent[table];
      for (const id of state[table].keys()) if (!known.includes(id)) known.push(id);
      known.splice(0, known.length - RECENT);
    }
  }

  next(state: State): Call {
    const random = this.#random;
    const account = random.pick(this.#accounts);
    if (this.#sent.length > 0 && random.chance(0.03)) return this.#again(random.pick(this.#sent));
    const makers: readonly (readonly [weight: number, make: () => Omit<Call, 'account'>])[] = [
      [3, () => this.#createTarget()],
      [3, () => this.#createFilter()],
      [4, () => this.#createRule(state, account)],
      [6, () => this.#createSession(state, account)],
      [5, () => this.#modifySession(state, account)],
      [4, () => this.#modifyRule(state, account)],
      [1, () => this.#modifyServices(state, account)],
      [6, () => this.#remove(state, account)],
      [3, () => this.#tags(state, account)],
    ];
    let at = random.below(makers.reduce((sum, [weight]) => sum + weight, 0));
    const [, make] = makers.find(([weight]) => {
      at -= weight;
      return at < 0;
    }) ?? [0, () => this.#createFilter()];
    const { action, values } = make();
    const call = { account, action, values: random.chance(0.03) ? { ...values, DryRun: true } : values };
    if ('ClientToken' in values) {
      this.#sent.push(call);
      this.#sent.splice(0, this.#sent.length - RECENT);
    }
    return call;
  }

  /** The same call, or one that differs, with the token of another. */
  #again(call: Call): Call {
    return this.#random.chance(0.7) ? call : { ...call, values: { ...call.values, Description: 'another' } };
  }

  #createTarget(): Omit<Call, 'account'> {
    const { networkInterfaces, networkLoadBalancers, gatewayLoadBalancerEndpoints } = this.#inventory;
    const random = this.#random;
    const receiver = random.pick<Values>([
      { NetworkInterfaceId: random.pick(networkInterfaces).networkInterfaceId },
      { NetworkInterfaceId: random.pick(networkInterfaces).networkInterfaceId },
      { NetworkLoadBalancerArn: random.pick(networkLoadBalancers).networkLoadBalancerArn },
      { NetworkLoadBalancerArn: random.pick(['nlb-ids', 'nlb-none']) },
      {
        GatewayLoadBalancerEndpointId: random.pick(gatewayLoadBalancerEndpoints)
          .gatewayLoadBalancerEndpointId,
      },
      { GatewayLoadBalancerEndpointId: 'vpce-none' },
    ]);
    return { action: 'CreateTrafficMirrorTarget', values: { ...receiver, ...this.#creation('targets') } };
  }

  #createFilter(): Omit<Call, 'account'> {
    return { action: 'CreateTrafficMirrorFilter', values: this.#creation('filters') };
  }

  #createRule(state: State, account: string): Omit<Call, 'account'> {
    const random = this.#random;
    const values = {
      TrafficMirrorFilterId: this.#id(state, account, 'filters'),
      TrafficDirection: random.pick(['ingress', 'egress']),
      RuleNumber: random.chance(0.05) ? 0 : random.between(1, 4),
      RuleAction: random.pick(['accept', 'reject']),
      SourceCidrBlock: random.pick(CIDRS),
      DestinationCidrBlock: random.pick(CIDRS),
      ...this.#ports(),
      ...this.#creation('rules'),
    };
    return { action: 'CreateTrafficMirrorFilterRule', values };
  }

  #createSession(state: State, account: string): Omit<Call, 'account'> {
    const random = this.#random;
    const values = {
      NetworkInterfaceId: random.chance(0.05)
        ? 'eni-none'
        : random.pick(this.#inventory.networkInterfaces).networkInterfaceId,
      TrafficMirrorTargetId: this.#id(state, account, 'targets'),
      TrafficMirrorFilterId: this.#id(state, account, 'filters'),
      SessionNumber: random.chance(0.05) ? 32_767 : random.between(1, 5),
      ...this.#sessionValues(),
      ...this.#creation('sessions'),
    };
    return { action: 'CreateTrafficMirrorSession', values };
  }

  #modifySession(state: State, account: string): Omit<Call, 'account'> {
    const random = this.#random;
    const removed = ['packet-length', 'description', 'virtual-network-id'].filter(() => random.chance(0.15));
    const values = {
      TrafficMirrorSessionId: this.#id(state, account, 'sessions'),
      ...(random.chance(0.3) && { TrafficMirrorTargetId: this.#id(state, account, 'targets') }),
      ...(random.chance(0.3) && { TrafficMirrorFilterId: this.#id(state, account, 'filters') }),
      ...(random.chance(0.4) && { SessionNumber: random.between(1, 5) }),
      ...this.#sessionValues(),
      ...this.#description(),
      ...indexed('RemoveField', removed),
    };
    return { action: 'ModifyTrafficMirrorSession', values };
  }

  #modifyRule(state: State, account: string): Omit<Call, 'account'> {
    const random = this.#random;
    const fields = ['destination-port-range', 'source-port-range', 'protocol', 'description'];
    const values = {
      TrafficMirrorFilterRuleId: this.#id(state, account, 'rules'),
      ...(random.chance(0.3) && { TrafficDirection: random.pick(['ingress', 'egress']) }),
      ...(random.chance(0.4) && { RuleNumber: random.between(1, 4) }),
      ...(random.chance(0.3) && { RuleAction: random.pick(['accept', 'reject']) }),
      ...(random.chance(0.2) && { SourceCidrBlock: random.pick(CIDRS) }),
      ...(random.chance(0.2) && { DestinationCidrBlock: random.pick(CIDRS) }),
      ...this.#ports(),
      ...this.#description(),
      ...indexed(
        'RemoveField',
        fields.filter(() => random.chance(0.12)),
      ),
    };
    return { action: 'ModifyTrafficMirrorFilterRule', values };
  }

  #modifyServices(state: State, account: string): Omit<Call, 'account'> {
    const name = this.#random.pick(['AddNetworkService.1', 'RemoveNetworkService.1']);
    const values = { TrafficMirrorFilterId: this.#id(state, account, 'filters'), [name]: 'amazon-dns' };
    return { action: 'ModifyTrafficMirrorFilterNetworkServices', values };
  }

  #remove(state: State, account: string): Omit<Call, 'account'> {
    const table = this.#random.pick(TABLES);
    const kind = { targets: 'Target', filters: 'Filter', rules: 'FilterRule', sessions: 'Session' }[table];
    const id = this.#id(state, account, table);
    return { action: `DeleteTrafficMirror${kind}`, values: { [`TrafficMirror${kind}Id`]: id } };
  }

  #tags(state: State, account: string): Omit<Call, 'account'> {
    const random = this.#random;
    const ids = Array.from({ length: random.between(1, 3) }, () =>
      this.#id(state, account, random.pick(TABLES)),
    );
    const keys = KEYS.filter(() => random.chance(0.4));
    const tags = Object.fromEntries(
      keys.flatMap((key, index) => [
        [`Tag.${index + 1}.Key`, key],
        ...(random.chance(0.7) ? [[`Tag.${index + 1}.Value`, String(random.below(3))]] : []),
      ]),
    ) as Values;
    const action = keys.length === 0 || random.chance(0.4) ? 'DeleteTags' : 'CreateTags';
    return { action, values: { ...indexed('ResourceId', ids), ...tags } };
  }

  /** What every creation may have. */
  #creation(table: Table): Values {
    const random = this.#random;
    const keys = KEYS.filter(() => random.chance(0.15));
    const tags = keys.flatMap((key, index) => [
      [`TagSpecification.1.Tag.${index + 1}.Key`, key],
      [`TagSpecification.1.Tag.${index + 1}.Value`, String(random.below(3))],
    ]);
    this.#tokens += 1;
    return {
      ...this.#description(),
      ...(random.chance(0.4) && { ClientToken: `token-${this.#tokens}` }),
      ...(keys.length > 0 && { 'TagSpecification.1.ResourceType': TYPES[table] }),
      ...(Object.fromEntries(tags) as Values),
    };
  }

  #description(): Values {
    return this.#random.chance(0.3) ? { Description: `text ${this.#random.below(100)}` } : {};
  }

  #sessionValues(): Values {
    const random = this.#random;
    return {
      ...(random.chance(0.3) && { PacketLength: random.pick([1, 128, 8500, 8501, 65_535, 65_536]) }),
      ...(random.chance(0.3) && { VirtualNetworkId: random.pick([0, 1, 2, 16_777_215, 16_777_216]) }),
    };
  }

  #ports(): Values {
    const random = this.#random;
    const range = (name: string): Values => {
      const from = random.pick([0, 80, 443]);
      return { [`${name}.FromPort`]: from, [`${name}.ToPort`]: random.pick([from, 443, 65_535]) };
    };
    return {
      ...(random.chance(0.5) && { Protocol: random.pick([1, 6, 17, 6, 17]) }),
      ...(random.chance(0.25) && range('SourcePortRange')),
      ...(random.chance(0.25) && range('DestinationPortRange')),
    };
  }

  /** Mostly of the account's own, as they are now. */
  #id(state: State, account: string, table: Table): string {
    const random = this.#random;
    const absent = `${PREFIXES[table]}-0${randomBytes(8).toString('hex')}`;
    const how = random.fraction();
    const all = [...state[table].values()];
    const own = all.filter((entry) => ownerOf(state, entry) === account);
    if (how < 0.85 && own.length > 0) return random.pick(own).id;
    if (how < 0.93 && all.length > 0) return random.pick(all).id;
    return how < 0.98 && this.#recent[table].length > 0 ? random.pick(this.#recent[table]) : absent;
  }
}

/** A rule is its filter's owner's. */
export function ownerOf(
  { filters }: State,
  entry: { readonly owner: string } | { readonly filter: string },
): string | undefined {
  return 'owner' in entry ? entry.owner : filters.get(entry.filter)?.owner;
}

function indexed(name: string, values: readonly string[]): Values {
  return Object.fromEntries(values.map((value, index) => [`${name}.${index + 1}`, value]));
}
