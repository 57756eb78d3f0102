/** The four kinds of resources with tags in EC2: their words, and where their pages are. */

/** A kind of resource. */
export interface Kind {
  /** In tag specifications and DescribeTags. */
  readonly type: string;
  /** In sentences: `mirror session`. */
  readonly one: string;
  readonly many: string;
  /** In messages of success: `traffic mirror session`. */
  readonly long: string;
  readonly idPrefix: string;
  /** The parameter of Delete and Modify actions. */
  readonly idParameter: string;
  /** The page of one resource. */
  readonly hrefOf: (id: string) => string;
  readonly listHref: string;
}

/** The kinds. */
export const KINDS = {
  session: {
    type: 'traffic-mirror-session',
    one: 'mirror session',
    many: 'mirror sessions',
    long: 'traffic mirror session',
    idPrefix: 'tms-',
    idParameter: 'TrafficMirrorSessionId',
    hrefOf: (id) => `#/mirror-sessions/${encodeURIComponent(id)}`,
    listHref: '#/mirror-sessions',
  },
  target: {
    type: 'traffic-mirror-target',
    one: 'mirror target',
    many: 'mirror targets',
    long: 'traffic mirror target',
    idPrefix: 'tmt-',
    idParameter: 'TrafficMirrorTargetId',
    hrefOf: (id) => `#/mirror-targets/${encodeURIComponent(id)}`,
    listHref: '#/mirror-targets',
  },
  filter: {
    type: 'traffic-mirror-filter',
    one: 'mirror filter',
    many: 'mirror filters',
    long: 'traffic mirror filter',
    idPrefix: 'tmf-',
    idParameter: 'TrafficMirrorFilterId',
    hrefOf: (id) => `#/mirror-filters/${encodeURIComponent(id)}`,
    listHref: '#/mirror-filters',
  },
  rule: {
    type: 'traffic-mirror-filter-rule',
    one: 'rule',
    many: 'rules',
    long: 'traffic mirror filter rule',
    idPrefix: 'tmfr-',
    idParameter: 'TrafficMirrorFilterRuleId',
    hrefOf: (id) => `#/rules?traffic-mirror-filter-rule-id=${encodeURIComponent(id)}`,
    listHref: '#/rules',
  },
} as const satisfies Record<string, Kind>;

/** The kind that an id belongs to by its prefix. Ids of declared resources need not have one. */
export function kindOfId(id: string): Kind | undefined {
  return Object.values(KINDS).find(({ idPrefix }) => id.startsWith(idPrefix));
}
