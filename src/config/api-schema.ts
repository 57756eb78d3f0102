/** The schema of the section `api`: where the control API listens, and its accounts. */
import type { Parsed } from '../resources/parsed.js';
import { account, accountFaults, parsePattern } from './account-schema.js';
import { absolutePath, atStart, flag, isLocal, list, mapping, parsed, parseListen } from './schema-parts.js';
import { LISTEN } from './schema-patterns.js';

/** In messages about `listen`. */
const EXAMPLE_PORT = 8780;

const REGION = /^[a-z0-9-]{1,64}$/;

const tls = mapping(
  {
    certificateFile: absolutePath('The certificate, with its chain, in PEM.'),
    keyFile: absolutePath('The private key, in PEM.'),
  },
  'Encryption; only loopback addresses and unix sockets can do without.',
);

/** The section `api`; without it nothing listens. */
export const api = atStart(
  mapping(
    {
      listen: atStart(
        parsed((value) => parseListen(value, EXAMPLE_PORT), {
          type: 'string',
          pattern: LISTEN,
          description: 'An address and port, or unix: and an absolute path.',
        }),
      ),
      tls: atStart(tls.exactOptional()),
      region: atStart(
        parsed(parseRegion, {
          type: 'string',
          pattern: REGION.source,
          description: 'The region that clients sign for.',
        }).prefault('us-east-1'),
      ),
      console: atStart(
        flag('Whether the listener has the console too, under /console/. It needs no key itself.').prefault(
          true,
        ),
      ),
      accounts: list(account, 'The resources of this file belong to the first account.').min(
        1,
        'at least one account is needed',
      ),
    },
    'The control API, for clients of AWS.',
  )
    .superRefine((settings, context) => {
      if (settings.tls === undefined && !isLocal(settings.listen)) {
        const message = 'only a loopback address or a unix socket can do without tls';
        context.addIssue({ code: 'custom', path: ['listen'], message });
      }
      for (const { path, message } of accountFaults(settings.accounts)) {
        context.addIssue({ code: 'custom', path: ['accounts', ...path], message });
      }
    })
    .exactOptional(),
);

function parseRegion(value: unknown): Parsed<string> {
  return parsePattern(value, REGION, 'a region such as us-east-1');
}
