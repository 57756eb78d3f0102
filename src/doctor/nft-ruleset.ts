/** The firewall's rules as `nft -j list ruleset` prints them (libnftables-json(5)): what is needed to follow a packet. */

/** A chain. Only one with a hook is entered by packets; others are jumped to. */
export interface NftChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook: string | undefined;
  /** What happens at its end; only with a hook. */
  readonly policy: string | undefined;
  /** Of the families netdev and inet with the hook egress or ingress. */
  readonly devices: readonly string[];
  readonly rules: readonly NftRule[];
}

export interface NftRule {
  /** `nft -a list ruleset` shows it. */
  readonly handle: number;
  /** Statements in their order, each an object with one key. */
  readonly statements: readonly Readonly<Record<string, unknown>>[];
}

export interface NftRuleset {
  /** By family, table and name: `chainKey`. */
  readonly chains: ReadonlyMap<string, NftChain>;
  /** Elements by family, table and name of the set: `chainKey`. */
  readonly sets: ReadonlyMap<string, readonly unknown[]>;
}

type Item = Readonly<Record<string, unknown>>;

/** Names a chain or set. */
export function chainKey(family: string, table: string, name: string): string {
  return JSON.stringify([family, table, name]);
}

/** Reads the output of nft. What it does not know is left out. @throws Error when it is not such output */
export function parseNftRuleset(text: string): NftRuleset {
  const { nftables } = JSON.parse(text) as { nftables?: unknown };
  if (!Array.isArray(nftables)) throw new Error('not a list of rules');
  const chains = new Map<string, NftChain & { readonly rules: NftRule[] }>();
  const sets = new Map<string, readonly unknown[]>();
  const items = nftables.filter(isItem);
  for (const chain of items.flatMap((item) => (isItem(item.chain) ? [item.chain] : []))) {
    chains.set(keyOf(chain, chain.name), {
      family: textOf(chain.family) ?? '',
      table: textOf(chain.table) ?? '',
      name: textOf(chain.name) ?? '',
      hook: textOf(chain.hook),
      policy: textOf(chain.policy),
      devices: [chain.dev].flat().flatMap((device) => textOf(device) ?? []),
      rules: [],
    });
  }
  for (const item of items) {
    if (isItem(item.rule)) {
      const { rule } = item;
      const statements = Array.isArray(rule.expr) ? rule.expr.filter(isItem) : [];
      chains.get(keyOf(rule, rule.chain))?.rules.push({ handle: Number(rule.handle), statements });
    }
    if (isItem(item.set)) sets.set(keyOf(item.set, item.set.name), elementsOf(item.set));
  }
  return { chains, sets };
}

function elementsOf({ elem }: Item): readonly unknown[] {
  if (!Array.isArray(elem)) return [];
  // With a timeout or a counter an element is an object around its value.
  return elem.map((one) => (isItem(one) && isItem(one.elem) ? one.elem.val : one));
}

function keyOf({ family, table }: Item, name: unknown): string {
  return chainKey(textOf(family) ?? '', textOf(table) ?? '', textOf(name) ?? '');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
