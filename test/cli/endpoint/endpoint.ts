/** Which control API a command asks, and what it says of it. */
import t from 'tap';
import type { ApiResponse, ApiService } from '../../../src/api/service.js';
import { ControlClient } from '../../../src/cli/endpoint/control-client.js';
import { chooseEndpoint, clearTextNote, openEndpoint } from '../../../src/cli/endpoint/endpoint.js';
import { readDocument } from '../../../src/cli/endpoint/remote-status.js';
import { startServer } from '../../fixtures/api/echo-service.js';
import { CREDENTIALS, REGION } from '../../fixtures/api/recorded-requests.js';

const NOT_LOCAL = { hasConfig: false, isLocal: async () => false };

t.test('an error names the option or the variable that has the URL', async (t) => {
  const rows = [
    { asked: 'ftp://h', environment: {}, names: '--endpoint-url "ftp://h"' },
    { environment: { AWS_ENDPOINT_URL: 'http://u:p@h' }, names: 'AWS_ENDPOINT_URL "http://u"' },
    { environment: { AWS_ENDPOINT_URL_TRAFFIC_MIRROR: 'h' }, names: 'AWS_ENDPOINT_URL_TRAFFIC_MIRROR "h"' },
  ];
  for (const { asked, environment, names } of rows) {
    await t.rejects(chooseEndpoint({ ...NOT_LOCAL, asked }, environment), {
      message: `${names}…: not http:// or https:// with a host, and a port`,
    });
  }
  const environment = { AWS_ENDPOINT_URL: 'nothing' };
  const local = { asked: undefined, hasConfig: false, isLocal: async () => true };
  t.equal(
    await chooseEndpoint(local, environment),
    undefined,
    'a variable that does not count is not looked at',
  );
});

t.test('clear text to another host is noted', async (t) => {
  const note = (url: string) => clearTextNote(new URL(url));
  t.match(note('http://mirror.example:8080'), /^note: http:\/\/mirror\.example:8080 is not https: /);
  t.match(note('http://127.0.0.1.example'), /^note/, 'a name that begins as a loopback address');
  for (const url of ['https://mirror.example', 'http://127.0.0.2:1', 'http://[::1]:80', 'http://localhost']) {
    t.equal(note(url), undefined, url);
  }
});

/** Always has another page. */
class Endless implements ApiService {
  #pages = 0;
  async handle(): Promise<ApiResponse> {
    this.#pages += 1;
    const body = JSON.stringify({ Status: { sessions: [{}] }, NextToken: String(this.#pages) });
    return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body };
  }
}

t.test('a status without an end is given up', async (t) => {
  const { port } = await startServer(t, new Endless());
  const endpoint = openEndpoint(`http://127.0.0.1:${port}`, {
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_REGION: REGION,
  });
  await t.rejects(readDocument(new ControlClient(endpoint), 1000), { message: /has more than 1000 bytes/ });
});
