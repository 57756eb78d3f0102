/** What a file may say, and hardly means. */
import { unknownNames } from '../api/authorization/policy-patterns.js';
import { RULE_LISTS } from '../resources/traffic-mirror-filter.js';
import type { ValueProblem } from './problem.js';
import type { ConfigurationFile } from './schema.js';

/** Of a file whose values are all right. */
export function findWarnings({ api, trafficMirrorFilters }: ConfigurationFile): ValueProblem[] {
  return [...policyWarnings(api), ...protocolWarnings(trafficMirrorFilters)];
}

/** Only an Allow gets here: a Deny that names what is not there is refused. */
function policyWarnings(api: ConfigurationFile['api']): ValueProblem[] {
  const statements = (api?.accounts ?? []).flatMap(({ users }, account) =>
    users.flatMap(({ policies }, user) =>
      policies.flatMap(({ Statement }, policy) =>
        Statement.map((statement, index) => ({
          statement,
          path: ['api', 'accounts', account, 'users', user, 'policies', policy, 'Statement', index],
        })),
      ),
    ),
  );
  return statements.flatMap(({ statement, path }) =>
    unknownNames(statement).map(({ path: inside, text }) => ({
      path: [...path, ...inside],
      text: `${text}, so it has no effect`,
    })),
  );
}

/** 0 is a protocol, the hop-by-hop options of IPv6; elsewhere it stands for all. */
function protocolWarnings(filters: ConfigurationFile['trafficMirrorFilters']): ValueProblem[] {
  return filters.flatMap((filter, index) =>
    Object.values(RULE_LISTS).flatMap((list) =>
      filter[list].flatMap(({ protocol }, place) =>
        protocol === 0
          ? [
              {
                path: ['trafficMirrorFilters', index, list, place, 'protocol'],
                text: 'protocol 0 is the hop-by-hop options of IPv6 and hardly ever seen; leave protocol out for all',
              },
            ]
          : [],
      ),
    ),
  );
}
