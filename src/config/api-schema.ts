/** The schema of the section `api`: where the control API listens, its accounts and their users. */
import type { z } from 'zod';
import { type ApiAccessKey, accessKeysOf } from '../api/settings.js';
import { accepted, type Parsed, refused } from '../resources/parsed.js';
import { parseAccountId } from '../resources/text.js';
import { policy } from './policy-schema.js';
import {
  absolutePath,
  atStart,
  isLocal,
  list,
  mapping,
  parsed,
  parseListen,
  secretFile,
  unshown,
} from './schema-parts.js';
import { ACCOUNT_ID, LISTEN } from './schema-patterns.js';

/** In messages about `listen`. */
const EXAMPLE_PORT = 8780;

const REGION = /^[a-z0-9-]{1,64}$/;

/** The characters that IAM allows in names of users. */
const USER_NAME = /^[\w+=,.@-]{1,64}$/;

const ACCESS_KEY_ID = /^\w{1,128}$/;

const SECRET = /^[\x21-\x7e]{1,128}$/;

/** Two, so that a key can be replaced while clients still use it. */
const MAXIMUM_KEYS = 2;

const keyId = parsed(parseAccessKeyId, {
  type: 'string',
  pattern: ACCESS_KEY_ID.source,
  description: 'Unique.',
});

const secretPlaces = {
  secretAccessKeyFile: secretFile(
    'A file that holds the secret access key and nothing else.',
  ).exactOptional(),
  secretAccessKey: parsed(parseSecret, {
    type: 'string',
    pattern: SECRET.source,
    description: 'The secret itself; then only the owner of the configuration file may read it.',
  }).exactOptional(),
};

const accessKey = mapping({ accessKeyId: keyId, ...secretPlaces }, 'An access key.').superRefine(
  requireOneSecret,
);

const user = mapping(
  {
    userName: parsed(parseUserName, {
      type: 'string',
      pattern: USER_NAME.source,
      description: 'The end of its ARN; unique in its account.',
    }),
    accessKeyId: keyId.exactOptional(),
    ...secretPlaces,
    accessKeys: list(
      accessKey,
      'Its access keys, where there are two, or one beside the one above.',
    ).prefault([]),
    policies: list(policy, 'What the user may do: nothing that no policy allows.').prefault([]),
  },
  'A user, with one or two access keys.',
).superRefine((given, context) => {
  const { accessKeyId, secretAccessKey, secretAccessKeyFile, accessKeys } = given;
  const hasSecret = secretAccessKey !== undefined || secretAccessKeyFile !== undefined;
  if (accessKeyId !== undefined) requireOneSecret(given, context);
  else if (hasSecret || accessKeys.length === 0) {
    const message = 'missing, expected an access key: accessKeyId with its secret, or accessKeys';
    context.addIssue({ code: 'custom', path: ['accessKeyId'], message });
  }
  if (accessKeysOf(given).length > MAXIMUM_KEYS) {
    const message = `a user has at most ${MAXIMUM_KEYS} access keys`;
    context.addIssue({ code: 'custom', path: ['accessKeys'], message });
  }
});

const account = mapping(
  {
    accountId: parsed(parseAccountId, {
      type: 'string',
      minLength: 12,
      maxLength: 12,
      pattern: ACCOUNT_ID,
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

/** Accounts, user names and access keys that are given twice. */
function repeats(accounts: readonly z.output<typeof account>[]): Repeat[] {
  const seen = new Set<string>();
  const found: Repeat[] = [];
  const check = (kind: string, value: string, path: (string | number)[]): void => {
    const key = `${kind} ${value}`;
    if (seen.has(key)) found.push({ path, message: `${JSON.stringify(value)} is given twice` });
    seen.add(key);
  };
  for (const [index, { accountId, users }] of accounts.entries()) {
    check('account', accountId, [index, 'accountId']);
    for (const [place, user] of users.entries()) {
      check(`user ${accountId}`, user.userName, [index, 'users', place, 'userName']);
      for (const { key, path } of accessKeysOf(user)) {
        check('key', key.accessKeyId, [index, 'users', place, ...path, 'accessKeyId']);
      }
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

/** Not shown either: a user may have written the secret here by mistake. */
function parseAccessKeyId(value: unknown): Parsed<string> {
  if (typeof value === 'string' && ACCESS_KEY_ID.test(value)) return accepted(value);
  return unshown('an access key id: 1 to 128 letters, digits and _', value);
}

function parseSecret(value: unknown): Parsed<string> {
  if (typeof value === 'string' && SECRET.test(value)) return accepted(value);
  return unshown('a secret access key: 1 to 128 characters of ASCII without spaces', value);
}

function requireOneSecret(
  { secretAccessKey, secretAccessKeyFile }: Partial<ApiAccessKey>,
  context: z.core.$RefinementCtx,
): void {
  if ((secretAccessKey === undefined) !== (secretAccessKeyFile === undefined)) return;
  const message = 'exactly one of secretAccessKey and secretAccessKeyFile must be given';
  context.addIssue({ code: 'custom', message });
}

function parsePattern(value: unknown, pattern: RegExp, expectation: string): Parsed<string> {
  return typeof value === 'string' && pattern.test(value) ? accepted(value) : refused(expectation, value);
}
