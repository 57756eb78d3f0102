import t from 'tap';
import {
  NO_PRINCIPALS,
  principalsOf,
  principalsProblem,
  type ShareValues,
  shareFieldOf,
  shareInput,
  shareProblems,
} from '../../../console/src/forms/share.js';
import { filterItems } from '../../../console/src/model/local-filter.js';
import {
  associationText,
  current,
  idOfArn,
  type ShareAssociation,
  shareArn,
  targetArn,
  withAssociations,
} from '../../../console/src/model/share.js';
import { sharedWithMe } from '../../../console/src/model/shared-with-me.js';
import { timeText } from '../../../console/src/model/times.js';

const OWN = '111122223333';
const OTHER = '444455556666';
const UNIT = 'arn:aws:organizations::111122223333:ou/o-abcdefghij/ou-abcd-12345678';

const VALUES: ShareValues = {
  name: 'ids',
  resourceType: 'traffic-mirror-target',
  targetIds: ['tmt-1'],
  principals: { added: [OTHER], text: ` ${UNIT} ` },
  allowExternalPrincipals: false,
  tags: [{ key: 'team', value: 'blue', existing: false }],
};

t.strictSame(shareInput(VALUES, { region: 'eu-west-1', account: OWN }), {
  name: 'ids',
  resourceArns: [`arn:aws:ec2:eu-west-1:${OWN}:traffic-mirror-target/tmt-1`],
  principals: [OTHER, UNIT],
  allowExternalPrincipals: false,
  tags: [{ key: 'team', value: 'blue' }],
});
t.strictSame(Object.values(shareProblems(VALUES, OWN)).filter(Boolean), []);
t.strictSame(principalsOf(NO_PRINCIPALS), []);

const problems = [
  { text: '', want: undefined },
  { text: '777788889999', want: undefined },
  { text: UNIT, want: undefined },
  { text: OWN, want: /own account/ },
  { text: OTHER, want: /already/ },
  { text: '12', want: /12 digits/ },
  { text: 'arn:aws:iam::111122223333:user/a', want: /12 digits/ },
];
for (const { text, want } of problems) {
  t.match(String(principalsProblem({ added: [OTHER], text }, OWN)), want ?? /^undefined$/, text);
}

const errors = [
  { code: 'InvalidParameterException', message: 'name: Too big', want: 'name' },
  { code: 'InvalidParameterException', message: 'tags.0.key: Invalid tag key', want: 'tags' },
  { code: 'InvalidParameterException', message: `There is no account ${OTHER}`, want: 'principals' },
  { code: 'InvalidParameterException', message: `${OWN} owns the resource share`, want: 'principals' },
  { code: 'InvalidParameterException', message: 'Principal ID x is malformed. Verify', want: 'principals' },
  { code: 'InvalidParameterException', message: 'arn:x cannot be shared: only', want: 'targetIds' },
  { code: 'InvalidParameterException', message: 'The request has too many members', want: undefined },
  {
    code: 'OperationNotPermittedException',
    message: 'x does not allow external principals',
    want: 'allowExternalPrincipals',
  },
  { code: 'OperationNotPermittedException', message: 'arn:x belongs to account 1', want: 'targetIds' },
  { code: 'UnknownResourceException', message: 'arn:x was not found', want: 'targetIds' },
  { code: 'UnknownResourceException', message: 'Organization o-1 could not be found.', want: 'principals' },
  {
    code: 'UnknownResourceException',
    message: 'OrganizationalUnit x could not be found.',
    want: 'principals',
  },
  { code: 'MalformedArnException', message: '', want: 'targetIds' },
  { code: 'TagLimitExceededException', message: '', want: 'tags' },
  { code: 'ResourceShareLimitExceededException', message: '', want: undefined },
];
for (const { code, message, want } of errors) {
  t.equal(shareFieldOf({ code, message }), want, `${code} ${message}`);
}

const ARN = shareArn('us-east-1', OWN, 'a-1');
t.equal(ARN, `arn:aws:ram:us-east-1:${OWN}:resource-share/a-1`);
t.equal(idOfArn(ARN), 'a-1');
t.equal(idOfArn(OTHER), OTHER);

const SHARE = {
  resourceShareArn: ARN,
  name: 'ids',
  owningAccountId: OWN,
  allowExternalPrincipals: true,
  status: 'ACTIVE',
  creationTime: 1,
  lastUpdatedTime: 2,
};
const associated = (
  type: ShareAssociation['associationType'],
  entity: string,
  status: string,
): ShareAssociation => ({
  resourceShareArn: ARN,
  associatedEntity: entity,
  associationType: type,
  status,
  creationTime: 1,
  lastUpdatedTime: 1,
});
const [joined] = withAssociations(
  [SHARE],
  [
    associated('RESOURCE', targetArn('us-east-1', OWN, 'tmt-1'), 'ASSOCIATED'),
    associated('PRINCIPAL', OTHER, 'ASSOCIATING'),
    associated('PRINCIPAL', '777788889999', 'DISASSOCIATED'),
    { ...associated('PRINCIPAL', OTHER, 'ASSOCIATED'), resourceShareArn: 'arn:another' },
  ],
);
t.match(joined, { id: 'a-1', resources: [{}], principals: [{}, {}] });
t.equal(joined?.principals.length, 2);
t.equal(current(joined?.principals ?? []).length, 1);
t.strictSame(joined?.principals.map(associationText), ['Invited', 'Removed']);

const invitation = (id: string, status: string, resourceShareArn = `${ARN}-${id}`) => ({
  resourceShareInvitationArn: `arn:aws:ram:us-east-1:${OWN}:resource-share-invitation/${id}`,
  resourceShareName: id,
  resourceShareArn,
  senderAccountId: OWN,
  invitationTimestamp: 1000,
  status,
});
const mine = sharedWithMe({
  invitations: [
    invitation('open', 'PENDING'),
    invitation('late', 'EXPIRED'),
    invitation('no', 'REJECTED'),
    invitation('left', 'ACCEPTED'),
    invitation('ids', 'ACCEPTED', ARN),
  ],
  shares: [SHARE],
  resources: [
    { arn: 'arn:target', resourceShareArn: ARN },
    { arn: 'arn:other', resourceShareArn: 'arn:another' },
  ],
});
t.strictSame(
  mine.map(({ name, status, expiresAt, targetArns }) => [name, status, expiresAt, targetArns]),
  [
    ['open', 'Pending', 1000 + 43_200, []],
    ['late', 'Expired', undefined, []],
    ['no', 'Rejected', undefined, []],
    ['ids', 'Active', undefined, ['arn:target']],
  ],
  'an accepted invitation without its share is left out',
);
t.equal(new Set(mine.map(({ key }) => key)).size, mine.length);

const words = ['blue', 'b*e', 'BLUE', 'a\nb', ''];
const found = (...Value: string[]) => filterItems(words, [{ Name: 'word', Value }], (word) => [word]);
t.strictSame(found('b*e'), ['blue', 'b*e']);
t.strictSame(found('b\\*e'), ['b*e']);
t.strictSame(found('a?b'), ['a\nb']);
t.strictSame(found('(blue', 'blue'), ['blue']);
t.strictSame(found(''), ['']);
t.strictSame(
  filterItems(words, undefined, () => []),
  words,
);

t.equal(timeText(undefined), undefined);
t.match(timeText(1_800_000_000), /^2027-01-\d\d \d\d:\d\d:\d\d$/);
