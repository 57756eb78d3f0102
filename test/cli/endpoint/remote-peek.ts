/** `peek --endpoint-url` against a control API that bounds looks as the daemon does. */
import t from 'tap';
import type { ApiCall, ApiResponse, ApiService } from '../../../src/api/service.js';
import type { PeekResponse } from '../../../src/api/traffic-mirror/shape.js';
import { CopyLines } from '../../../src/cli/copy-formats.js';
import { remotePeek } from '../../../src/cli/endpoint/remote-peek.js';
import { StartRate } from '../../../src/daemon/start-rate.js';
import { startServer } from '../../fixtures/api/echo-service.js';
import { CREDENTIALS, REGION } from '../../fixtures/api/recorded-requests.js';

const COPY: PeekResponse['Copies'][number] = {
  Seconds: 1,
  Nanoseconds: 0,
  SessionId: 'tms-1',
  SourceId: 'eni-1',
  Device: 'veth0',
  Direction: 'ingress',
  Rule: 'tmfr-1',
  WireLength: 60,
  CopyLength: 60,
  Frame: Buffer.alloc(60).toString('base64'),
};

/** Has a copy at once, whenever it is asked, as often as the daemon lets a user ask. */
class BusySession implements ApiService {
  calls = 0;
  readonly #starts = new StartRate();

  async handle({ principal }: ApiCall): Promise<ApiResponse> {
    this.calls += 1;
    const message = this.#starts.refusal(principal.arn);
    const body =
      message === undefined
        ? { Copies: [COPY], LeftOut: 0, EndedBy: 'bytes' }
        : { __type: 'com.traffic-mirror#TooManyPeekersException', message };
    const headers = { 'content-type': 'application/x-amz-json-1.0' };
    return { status: message === undefined ? 200 : 400, headers, body: JSON.stringify(body) };
  }
}

t.test('two commands that look at a busy session are not refused', async (t) => {
  t.setTimeout(30_000);
  const service = new BusySession();
  const { port } = await startServer(t, service);
  t.intercept(process, 'env', {
    value: {
      ...process.env,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_SESSION_TOKEN: '',
      AWS_REGION: REGION,
    },
  });
  const order = {
    url: `http://127.0.0.1:${port}`,
    sessionIds: ['tms-1'],
    direction: undefined,
    snapshotLength: 64,
    most: 9,
  };
  const look = async () => {
    const lines: string[] = [];
    const write = async (text: Uint8Array | string): Promise<void> => void lines.push(String(text));
    const result = await remotePeek(order, new CopyLines(), write, new AbortController().signal);
    return { ...result, lines: lines.filter((line) => line !== '').length };
  };
  const expected = { copies: 9, leftOut: 0, isDone: true, lines: 9 };
  t.strictSame(await Promise.all([look(), look()]), [expected, expected]);
  t.equal(service.calls, 18);
});
