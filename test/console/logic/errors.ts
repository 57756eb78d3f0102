import t from 'tap';
import {
  ApiError,
  isClockWrong,
  isNotFound,
  isRefused,
  isRetryable,
  isSessionLost,
  keptKeyRetryMs,
  pauseMs,
  retryAfterMs,
  toApiError,
} from '../../../console/src/aws/errors.js';
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

// What the server says of a key or a signature, by protocol: EC2, AWS Query, JSON.
for (const code of [
  'AuthFailure',
  'RequestExpired',
  'InvalidClientTokenId',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
  'InvalidSignatureException',
]) {
  t.ok(isSessionLost(error(code)), code);
  t.equal(retryAfterMs(error(code), 1000), undefined, `${code} is not sent again and again`);
}
t.notOk(isSessionLost(error('AccessDeniedException')));
t.ok(isRetryable(error('ServiceUnavailableException')), 'of the JSON protocols');
t.ok(isClockWrong({ code: 'RequestExpired', message: '' }));
t.ok(isClockWrong({ code: 'InvalidSignatureException', message: 'Request has expired: signed at …' }));
t.notOk(isClockWrong({ code: 'InvalidSignatureException', message: 'The signature is wrong' }));

const noAnswer = new ApiError({ code: 'NoAnswer', message: '', status: 0, service: 'ec2', action: 'A' });
t.equal(retryAfterMs(noAnswer, undefined), 5000);
t.equal(retryAfterMs(noAnswer, 60_000), 60_000);
t.equal(retryAfterMs(error('InternalError'), 1000), 5000);
t.equal(retryAfterMs(error('InternalError'), undefined), undefined, 'a read that is done once');
t.equal(retryAfterMs(error('AccessDeniedException'), 1000), undefined);

t.equal(pauseMs(1000, 20), 1000);
t.equal(pauseMs(5000, 2400), 9600, 'a status of ten thousand sessions');

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

t.test('a kept key is checked again while the server cannot say whether it is good', async (t) => {
  const of = (code: string, status: number) =>
    keptKeyRetryMs(new ApiError({ code, message: '', status, service: 'ec2', action: 'A' }));
  t.equal(of('NoAnswer', 0), 5000);
  t.equal(of('ServiceUnavailable', 503), 5000);
  t.equal(of('AuthFailure', 401), undefined, 'a key that is refused is asked for again');
  t.equal(of('ConsoleError', 0), undefined);
});
