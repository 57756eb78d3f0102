/** The attacker's own Signature Version 4 makes the signatures that unmodified clients made. */
import t from 'tap';
import { signHeaders } from '../../../scripts/attack/sign.js';
import { CREDENTIALS, recordedRequests } from '../../fixtures/api/recorded-requests.js';

const DATE_TIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

t.test('recorded requests', async (t) => {
  for (const { client, method, target, headers, body } of recordedRequests) {
    const all = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const claim = all.authorization ?? '';
    const [, region = '', service = '', names = ''] =
      /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+)/.exec(claim) ?? [];
    const signed = names.split(';').map((name) => [name, all[name] ?? '']);
    const at = new Date(String(all['x-amz-date']).replace(DATE_TIME, '$1-$2-$3T$4:$5:$6Z'));
    const request = { method, path: target, query: [], headers: Object.fromEntries(signed), body };
    const { authorization } = signHeaders(request, CREDENTIALS, { service, region, at });
    t.equal(signatureIn(authorization), signatureIn(claim), `${client}: ${body.slice(0, 40)}`);
  }
  t.ok(recordedRequests.length > 20);
});

function signatureIn(text = ''): string | undefined {
  return /Signature=([0-9a-f]{64})/.exec(text)?.[1];
}
