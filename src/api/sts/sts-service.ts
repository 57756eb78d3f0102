/** Security Token Service: tells who calls. There are no temporary credentials here, and nothing that gives them. */
import { createHash } from 'node:crypto';
import { DONE } from '../audit.js';
import { errorResponse } from '../error-response.js';
import type { ApiCall, ApiResponse, ApiService, Principal } from '../service.js';
import { type ActionName, errorNamespaceOf, SERVICES } from '../services.js';
import { xmlResponse } from '../xml.js';

const BAD_REQUEST = 400;

/** The end of the ARN of a caller who is the account itself. */
const ROOT = ':root';

/** Begins the ids of users. */
const USER_ID_PREFIX = 'AIDA';

const USER_ID_CHARACTERS = 17;

/** RFC 4648 section 6. */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

type Action = (principal: Principal) => Readonly<Record<string, string>>;

const ACTIONS: Readonly<Record<ActionName<'sts'>, Action>> = { GetCallerIdentity: getCallerIdentity };

export class StsService implements ApiService {
  async handle({ action, principal, requestId, input }: ApiCall): Promise<ApiResponse> {
    const version = input.format === 'query' ? input.parameters.get('Version') : undefined;
    const run = new Map<string, Action>(Object.entries(ACTIONS)).get(action);
    const namespace = errorNamespaceOf('sts');
    if (run === undefined || version !== SERVICES.sts.version) {
      const message = `Could not find operation ${action} for version ${version ?? 'NO_VERSION_SPECIFIED'}`;
      const error = { code: 'InvalidAction', status: BAD_REQUEST, message };
      return { ...errorResponse('query', error, requestId, namespace), outcome: error.code };
    }
    const root = {
      '@xmlns': namespace,
      [`${action}Result`]: run(principal),
      ResponseMetadata: { RequestId: requestId },
    };
    return { ...xmlResponse(200, { [`${action}Response`]: root }), outcome: DONE };
  }
}

/** Everybody may ask, also against a policy: whoever can sign knows the answer. */
function getCallerIdentity({ arn, accountId, userName }: Principal): Readonly<Record<string, string>> {
  const UserId = arn.endsWith(ROOT) ? accountId : userIdOf(accountId, userName);
  return { Arn: arn, UserId, Account: accountId };
}

/** An id in the form of IAM's. It is the same for a user of the same name, as there is no other identity of users. */
function userIdOf(accountId: string, userName: string): string {
  const digest = createHash('sha256').update(`${accountId}/${userName}`).digest();
  const characters = [...digest.subarray(0, USER_ID_CHARACTERS)].map((byte) => BASE32[byte % BASE32.length]);
  return USER_ID_PREFIX + characters.join('');
}
