import t from 'tap';
import { ApiError, isNotFound, isRefused, isRetryable, toApiError } from '../../../console/src/aws/errors.js';
import { fieldOf } from '../../../console/src/forms/error-fields.js';
import { signInProblems } from '../../../console/src/forms/sign-in.js';

const invalid = (name: string): string => `Value (x) for parameter ${name} is invalid. Expected something`;

const rows = [
  { code: 'InvalidNetworkInterfaceID.NotFound', message: '', want: 'networkInterfaceId' },
  { code: 'InvalidParameterValue', message: invalid('sessionNumber'), want: 'sessionNumber' },
  { code: 'InvalidParameterValue', message: invalid('destinationCidrBlock'), want: 'destinationCidrBlock' },
  { code: 'InvalidParameterValue', message: invalid('tag.key'), want: 'tags' },
  { code: 'InvalidParameterValue', message: 'Duplicate tag key a', want: 'tags' },
  { code: 'InvalidParameterValue', message: invalid('removeField'), want: undefined },
  {
    code: 'InvalidParameterCombination',
    message: 'sourcePortRange: fromPort 2 is above toPort 1',
    want: 'sourcePortRange',
  },
  { code: 'InvalidParameterCombination', message: 'Exactly one of a and b', want: undefined },
  {
    code: 'MissingParameter',
    message: 'The request must contain the parameter RuleNumber',
    want: 'ruleNumber',
  },
  { code: 'TrafficMirrorFilterRuleAlreadyExists', message: '', want: 'ruleNumber' },
  { code: 'TrafficMirrorSessionsPerInterfaceLimitExceeded', message: '', want: 'networkInterfaceId' },
  { code: 'TrafficMirrorSessionLimitExceeded', message: '', want: undefined },
  { code: 'TagLimitExceeded', message: '', want: 'tags' },
  { code: 'toString', message: '', want: undefined },
];

for (const { code, message, want } of rows) t.equal(fieldOf({ code, message }), want, `${code} ${message}`);

const error = (code: string): ApiError =>
  new ApiError({ code, message: '', status: 400, service: 'ec2', action: 'A' });

t.ok(isRefused(error('UnauthorizedOperation')));
t.ok(isRefused(error('AccessDeniedException')));
t.ok(isRetryable(error('ThrottlingException')));
t.ok(isRetryable(error('NoAnswer')));
t.notOk(isRetryable(error('TagLimitExceeded')));
t.ok(isNotFound(error('InvalidTrafficMirrorTargetId.NotFound')));
t.match(toApiError(new TypeError('x is undefined')), { code: 'ConsoleError', message: 'x is undefined' });

t.strictSame(
  Object.keys(
    signInProblems({ code: 'AuthFailure', message: 'Credential should be scoped to a valid region' }),
  ),
  ['region'],
);
t.strictSame(Object.keys(signInProblems({ code: 'AuthFailure', message: 'no' })), [
  'accessKeyId',
  'secretAccessKey',
]);
t.strictSame(signInProblems({ code: 'RequestExpired', message: '' }), {});
