/** The schema of `api.accounts`: accounts with their organization, their groups and users, and what these may do. */
import type { z } from 'zod';
import { type ApiAccessKey, accessKeysOf } from '../api/settings.js';
import { accepted, type Parsed, refused } from '../resources/parsed.js';
import { parseAccountId } from '../resources/text.js';
import { policy } from './policy-schema.js';
import { list, mapping, parsed, secretFile, unshown } from './schema-parts.js';
import { ACCOUNT_ID } from './schema-patterns.js';

/** The characters that IAM allows in names of users. */
const USER_NAME = /^[\w+=,.@-]{1,64}$/;

/** The same of groups, which may be longer. */
const GROUP_NAME = /^[\w+=,.@-]{1,128}$/;

const ACCESS_KEY_ID = /^\w{1,128}$/;

const SECRET = /^[\x21-\x7e]{1,128}$/;

/** AWS Organizations, data types Organization and OrganizationalUnit. */
const ORGANIZATION = /^o-[a-z0-9]{10,32}$/;

const ORGANIZATIONAL_UNIT = /^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$/;

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

const groupName = (description: string) =>
  parsed((value) => parsePattern(value, GROUP_NAME, '1 to 128 letters, digits and any of _+=,.@-'), {
    type: 'string',
    pattern: GROUP_NAME.source,
    description,
  });

const group = mapping(
  {
    groupName: groupName('Unique in its account, whatever the case of its letters.'),
    policies: list(policy, 'What every user of the group may do, and may not.').prefault([]),
  },
  'A group of users.',
);

const user = mapping(
  {
    userName: parsed(
      (value) => parsePattern(value, USER_NAME, '1 to 64 letters, digits and any of _+=,.@-'),
      {
        type: 'string',
        pattern: USER_NAME.source,
        description: 'The end of its ARN; unique in its account.',
      },
    ),
    accessKeyId: keyId.exactOptional(),
    ...secretPlaces,
    accessKeys: list(
      accessKey,
      'Its access keys, where there are two, or one beside the one above.',
    ).prefault([]),
    groups: list(
      groupName('A group of the account.'),
      'Groups whose policies hold for the user too.',
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

/** An item of `accounts`. */
export const account = mapping(
  {
    accountId: parsed(parseAccountId, {
      type: 'string',
      minLength: 12,
      maxLength: 12,
      pattern: ACCOUNT_ID,
      description: 'Twelve digits, in quotes.',
    }),
    organization: parsed(
      (value) => parsePattern(value, ORGANIZATION, 'the id of an organization such as o-a1b2c3d4e5'),
      {
        type: 'string',
        pattern: ORGANIZATION.source,
        description: 'The organization that the account is in. Absent: none.',
      },
    ).exactOptional(),
    organizationalUnits: list(
      parsed(
        (value) =>
          parsePattern(
            value,
            ORGANIZATIONAL_UNIT,
            'the id of an organizational unit such as ou-a1b2-c3d4e5f6',
          ),
        {
          type: 'string',
          pattern: ORGANIZATIONAL_UNIT.source,
          description: 'An organizational unit of the organization.',
        },
      ),
      'The organizational units that the account is in, and those above them.',
    ).prefault([]),
    groups: list(group, 'Groups of users, with policies.').prefault([]),
    users: list(user, 'Who may call.').prefault([]),
  },
  'An account, with its users.',
);

type Account = z.output<typeof account>;

/** What is wrong with a value, and where it is below `accounts`. */
export interface AccountFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Finds what is given twice, groups that are not there, and units without an organization. */
export function accountFaults(accounts: readonly Account[]): AccountFault[] {
  return [...repeats(accounts), ...accounts.flatMap(strayNames)];
}

/** Accounts, users, groups, units and access keys that are given twice. */
function repeats(accounts: readonly Account[]): AccountFault[] {
  const seen = new Set<string>();
  const found: AccountFault[] = [];
  const check = (kind: string, value: string, path: (string | number)[], key = value): void => {
    const text = `${kind} ${key}`;
    if (seen.has(text)) found.push({ path, message: `${JSON.stringify(value)} is given twice` });
    seen.add(text);
  };
  for (const [index, { accountId, organizationalUnits, groups, users }] of accounts.entries()) {
    check('account', accountId, [index, 'accountId']);
    for (const [place, unit] of organizationalUnits.entries()) {
      check(`unit ${index}`, unit, [index, 'organizationalUnits', place]);
    }
    for (const [place, { groupName: name }] of groups.entries()) {
      // As IAM has it, names of groups are not told apart by case.
      check(`group ${accountId}`, name, [index, 'groups', place, 'groupName'], name.toLowerCase());
    }
    for (const [place, user] of users.entries()) {
      check(`user ${accountId}`, user.userName, [index, 'users', place, 'userName']);
      for (const [at, name] of user.groups.entries()) {
        check(`member ${index} ${place}`, name, [index, 'users', place, 'groups', at]);
      }
      for (const { key, path } of accessKeysOf(user)) {
        check('key', key.accessKeyId, [index, 'users', place, ...path, 'accessKeyId']);
      }
    }
  }
  return found;
}

/** Names of an account that stand for nothing. */
function strayNames(
  { accountId, organization, organizationalUnits, groups, users }: Account,
  index: number,
): AccountFault[] {
  const known = new Set(groups.map(({ groupName: name }) => name));
  const strayGroups = users.flatMap((user, place) =>
    user.groups.flatMap((name, at) =>
      known.has(name)
        ? []
        : [
            {
              path: [index, 'users', place, 'groups', at],
              message: `the account ${accountId} has no group ${JSON.stringify(name)}`,
            },
          ],
    ),
  );
  if (organization !== undefined || organizationalUnits.length === 0) return strayGroups;
  const message = 'units belong to an organization: organization is missing';
  return [...strayGroups, { path: [index, 'organizationalUnits'], message }];
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

/** Text of a form. @param expectation for the refusal */
export function parsePattern(value: unknown, pattern: RegExp, expectation: string): Parsed<string> {
  return typeof value === 'string' && pattern.test(value) ? accepted(value) : refused(expectation, value);
}
