/** The routes: one row a page. */
import { type ComponentType, type LazyExoticComponent, lazy } from 'react';

/** A page by the pattern of its address. The first row that fits counts. */
interface Route {
  readonly pattern: string;
  readonly Page: LazyExoticComponent<ComponentType>;
  /** The link of the side navigation that belongs to the page. */
  readonly section: string;
}

/** All pages. */
export const ROUTES: readonly Route[] = [
  {
    pattern: '/',
    section: '#/',
    Page: lazy(async () => ({ default: (await import('./pages/overview/overview.js')).Overview })),
  },
  {
    pattern: '/mirror-sessions',
    section: '#/mirror-sessions',
    Page: lazy(async () => ({ default: (await import('./pages/sessions/sessions.js')).Sessions })),
  },
  {
    pattern: '/mirror-sessions/create',
    section: '#/mirror-sessions',
    Page: lazy(async () => ({ default: (await import('./pages/sessions/session-create.js')).SessionCreate })),
  },
  {
    pattern: '/mirror-sessions/:id',
    section: '#/mirror-sessions',
    Page: lazy(async () => ({
      default: (await import('./pages/sessions/session-details.js')).SessionDetails,
    })),
  },
  {
    pattern: '/mirror-sessions/:id/modify',
    section: '#/mirror-sessions',
    Page: lazy(async () => ({ default: (await import('./pages/sessions/session-modify.js')).SessionModify })),
  },
  {
    pattern: '/mirror-sessions/:id/tags',
    section: '#/mirror-sessions',
    Page: lazy(async () => ({ default: (await import('./pages/sessions/session-tags.js')).SessionTags })),
  },
  {
    pattern: '/mirror-targets',
    section: '#/mirror-targets',
    Page: lazy(async () => ({ default: (await import('./pages/targets/targets.js')).Targets })),
  },
  {
    pattern: '/mirror-targets/create',
    section: '#/mirror-targets',
    Page: lazy(async () => ({ default: (await import('./pages/targets/target-create.js')).TargetCreate })),
  },
  {
    pattern: '/mirror-targets/:id',
    section: '#/mirror-targets',
    Page: lazy(async () => ({ default: (await import('./pages/targets/target-details.js')).TargetDetails })),
  },
  {
    pattern: '/mirror-targets/:id/tags',
    section: '#/mirror-targets',
    Page: lazy(async () => ({ default: (await import('./pages/targets/target-tags.js')).TargetTags })),
  },
  {
    pattern: '/mirror-filters',
    section: '#/mirror-filters',
    Page: lazy(async () => ({ default: (await import('./pages/filters/filters.js')).Filters })),
  },
  {
    pattern: '/mirror-filters/create',
    section: '#/mirror-filters',
    Page: lazy(async () => ({ default: (await import('./pages/filters/filter-create.js')).FilterCreate })),
  },
  {
    pattern: '/mirror-filters/:id',
    section: '#/mirror-filters',
    Page: lazy(async () => ({ default: (await import('./pages/filters/filter-details.js')).FilterDetails })),
  },
  {
    pattern: '/mirror-filters/:id/network-services',
    section: '#/mirror-filters',
    Page: lazy(async () => ({
      default: (await import('./pages/filters/filter-services.js')).FilterServices,
    })),
  },
  {
    pattern: '/mirror-filters/:id/tags',
    section: '#/mirror-filters',
    Page: lazy(async () => ({ default: (await import('./pages/filters/filter-tags.js')).FilterTags })),
  },
  {
    pattern: '/mirror-filters/:id/rules/:direction/add',
    section: '#/mirror-filters',
    Page: lazy(async () => ({ default: (await import('./pages/filters/rule-add.js')).RuleAdd })),
  },
  {
    pattern: '/mirror-filters/:id/rules/:ruleId/modify',
    section: '#/mirror-filters',
    Page: lazy(async () => ({ default: (await import('./pages/filters/rule-modify.js')).RuleModify })),
  },
  {
    pattern: '/rules',
    section: '#/mirror-filters',
    Page: lazy(async () => ({ default: (await import('./pages/rules/rules.js')).Rules })),
  },
  {
    pattern: '/rules/:id/tags',
    section: '#/mirror-filters',
    Page: lazy(async () => ({ default: (await import('./pages/rules/rule-tags.js')).RuleTags })),
  },
  {
    pattern: '/shares',
    section: '#/shares',
    Page: lazy(async () => ({ default: (await import('./pages/shares/shares.js')).Shares })),
  },
  {
    pattern: '/shares/create',
    section: '#/shares',
    Page: lazy(async () => ({ default: (await import('./pages/shares/share-create.js')).ShareCreate })),
  },
  {
    pattern: '/shares/:id',
    section: '#/shares',
    Page: lazy(async () => ({ default: (await import('./pages/shares/share-details.js')).ShareDetails })),
  },
  {
    pattern: '/shares/:id/tags',
    section: '#/shares',
    Page: lazy(async () => ({ default: (await import('./pages/shares/share-tags.js')).ShareTags })),
  },
  {
    pattern: '/invitations',
    section: '#/invitations',
    Page: lazy(async () => ({ default: (await import('./pages/invitations/invitations.js')).Invitations })),
  },
  {
    pattern: '/metrics',
    section: '#/metrics',
    Page: lazy(async () => ({ default: (await import('./pages/metrics/metrics.js')).Metrics })),
  },
  {
    pattern: '/packet',
    section: '#/packet',
    Page: lazy(async () => ({ default: (await import('./pages/packet/packet.js')).Packet })),
  },
];
