/** The schema of the section `api`: where the control API listens, and who may do what. */
import type { z } from 'zod';
import { parseAccountId } from '../resources/account-id.js';
import { accepted, type Parsed, refused } from '../resources/parsed.js';
import { isLocal, parseListen } from './listen-address.js';
import { policy } from './policy-schema.js';
import { absolutePath, atStart, list, mapping, parsed } from './schema-parts.js';

const REGION = /^[a-z0-9-]{1,64}$/;
/** The characters that IAM allows in names of users. */
const USER_NAME = /^[\w+=,.@-]{1,64}$/;
const ACCESS_KEY_ID = /^\w{1,128}$/;
const SECRET = /^[\x21-\x7e]{1,128}$/;

const user = mapping(
  {
    userName: parsed(parseUserName, {
      type: 'string',
      description: 'The end of its ARN; unique in its account.',
    }),
    accessKeyId: parsed(parseAccessKeyId, { type: 'string', description: 'Unique.' }),
    secretAccessKeyFile: absolutePath(
      'A file that holds the secret access key and nothing else.',
    ).exactOptional(),
    secretAccessKey: parsed(parseSecret, {
      type: 'string',
      description: 'The secret itself; then only the owner of the configuration file may read it.',
    }).exactOptional(),
    policies: list(policy, 'What the user may do: nothing that no policy allows.').prefault([]),
  },
  'A user, with one access key.',
).superRefine(({ secretAccessKey, secretAccessKeyFile }, context) => {
  if ((secretAccessKey === undefined) !== (secretAccessKeyFile === undefined)) return;
  const message = 'exactly one of secretAccessKey and secretAccessKeyFile must be given';
  context.addIssue({ code: 'custom', message });
});

const account = mapping(
  {
    accountId: parsed(parseAccountId, {
      type: 'string',
      minLength: 12,
      maxLength: 12,
      description: 'Twelve digits, in quotes.',
    }),
    users: list(user, 'Who may call.').prefault([]),
  },
  'An account, with its users.',
);

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
        parsed(parseListen, {
          type: 'string',
          description: 'An address and port, or unix: and an absolute path.',
        }),
      ),
      tls: atStart(tls.exactOptional()),
      region: atStart(
        parsed(parseRegion, {
          type: 'string',
          description: 'The region that clients sign for.',
        }).prefault('us-east-1'),
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
      for (const { path, message } of repeats(settings.accounts)) {
        context.addIssue({ code: 'custom', path: ['accounts', ...path], message });
      }
    })
    .exactOptional(),
);

interface Repeat {
  readonly path: (string | number)[];
  readonly message: string;
}

/** Names that stand twice. */
function repeats(accounts: readonly z.output<typeof account>[]): Repeat[] {
  const seen = new Set<string>();
  const found: Repeat[] = [];
  const take = (kind: string, value: string, path: (string | number)[]): void => {
    const key = `${kind} ${value}`;
    if (seen.has(key)) found.push({ path, message: `${JSON.stringify(value)} is given twice` });
    seen.add(key);
  };
  for (const [index, { accountId, users }] of accounts.entries()) {
    take('account', accountId, [index, 'accountId']);
    for (const [place, { userName, accessKeyId }] of users.entries()) {
      take(`user ${accountId}`, userName, [index, 'users', place, 'userName']);
      take('key', accessKeyId, [index, 'users', place, 'accessKeyId']);
    }
  }
  return found;
}

function parseRegion(value: unknown): Parsed<string> {
  return parsePattern(value, REGION, 'a region such as us-east-1');
}

function parseUserName(value: unknown): Parsed<string> {
  return parsePattern(value, USER_NAME, '1 to 64 letters, digits and any of _+=,.@-');
}

function parseAccessKeyId(value: unknown): Parsed<string> {
  return parsePattern(value, ACCESS_KEY_ID, '1 to 128 letters, digits and _');
}

/** The value does not stand in the message: messages are logged. */
function parseSecret(value: unknown): Parsed<string> {
  if (typeof value === 'string' && SECRET.test(value)) return accepted(value);
  return { ok: false, text: 'expected a secret access key: 1 to 128 characters of ASCII without spaces' };
}

function parsePattern(value: unknown, pattern: RegExp, expectation: string): Parsed<string> {
  return typeof value === 'string' && pattern.test(value) ? accepted(value) : refused(expectation, value);
}
