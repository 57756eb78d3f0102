/** A user's key is changed for another while clients call: no call is refused that should not be. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Daemon } from '../../../lab/daemon.js';
import { sendTo } from '../../fixtures/api/send.js';
import { signHeaders } from '../../fixtures/api/signer.js';
import { ACCOUNT, INVENTORY, startListening } from '../../fixtures/live/daemon/control-api.js';
import { reload } from '../../fixtures/live/daemon/reloading.js';
import { buildStand, type Stand } from '../../fixtures/live/daemon/stand.js';
import { skipUnless } from '../../fixtures/live/requirements.js';

const OLD = { accessKeyId: 'AKIDOLD', secretAccessKey: 'old-secret' };
const NEW = { accessKeyId: 'AKIDNEW', secretAccessKey: 'new-secret' };
const BODY = 'Action=DescribeTags&Version=2016-11-15';
const POLICY = { Statement: [{ Effect: 'Allow', Action: 'ec2:*', Resource: '*' }] };

type Credentials = typeof OLD;

class KeyStand {
  readonly socket: string;
  readonly #stand: Stand;

  constructor(stand: Stand) {
    this.#stand = stand;
    this.socket = join(stand.directory, 'api.sock');
  }

  secretFile({ accessKeyId }: Credentials): string {
    return join(this.#stand.directory, `${accessKeyId}.secret`);
  }

  writeSecret(key: Credentials, secret = key.secretAccessKey, mode = 0o600): void {
    writeFileSync(this.secretFile(key), `${secret}\n`);
    chmodSync(this.secretFile(key), mode);
  }

  /** Keys whose secrets stand in files. */
  configure(...keys: readonly Credentials[]): string {
    const accessKeys = keys.map((key) => ({
      accessKeyId: key.accessKeyId,
      secretAccessKeyFile: this.secretFile(key),
    }));
    const accounts = [{ accountId: ACCOUNT, users: [{ userName: 'admin', accessKeys, policies: [POLICY] }] }];
    const api = { listen: `unix:${this.socket}`, accounts };
    return this.#stand.configure({ ...INVENTORY, engine: { io: 'ring' }, api });
  }

  async start(configFile: string): Promise<Daemon> {
    return startListening(this.#stand, configFile);
  }

  /** The status of a call that is signed with a key. */
  async call(credentials: Credentials): Promise<number | undefined> {
    const headers = await signHeaders({ port: 1, body: BODY, credentials });
    return (await sendTo({ socketPath: this.socket, headers }, BODY)).status;
  }
}

/** Calls with a key, one call after another, until it is stopped. */
class Caller {
  readonly statuses: (number | undefined)[] = [];
  readonly #done: Promise<void>;
  #isStopped = false;

  constructor(stand: KeyStand, key: Credentials) {
    this.#done = this.#run(stand, key);
  }

  async #run(stand: KeyStand, key: Credentials): Promise<void> {
    while (!this.#isStopped) this.statuses.push(await stand.call(key));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#done;
  }
}

async function changeKey(t: Test, stand: KeyStand, daemon: Daemon): Promise<void> {
  stand.writeSecret(NEW);
  t.equal(await stand.call(NEW), 401, 'a key that nobody has told of');
  const withOld = new Caller(stand, OLD);
  stand.configure(OLD, NEW);
  t.match(await reload(daemon), { reload: { lastResult: 'applied' } });
  t.same([await stand.call(OLD), await stand.call(NEW)], [200, 200], 'either key is good');
  await withOld.stop();
  t.ok(withOld.statuses.length > 0 && withOld.statuses.every((status) => status === 200), 'at any time');

  const withNew = new Caller(stand, NEW);
  stand.configure(NEW);
  t.match(await reload(daemon), { reload: { lastResult: 'applied' } });
  t.same([await stand.call(OLD), await stand.call(NEW)], [401, 200], 'the old key is refused');
  await withNew.stop();
  t.ok(withNew.statuses.length > 0 && withNew.statuses.every((status) => status === 200), 'at any time');
}

/** The configuration file stays as it is. */
async function changeSecret(t: Test, stand: KeyStand, daemon: Daemon): Promise<void> {
  const other = { ...NEW, secretAccessKey: 'another-secret' };
  stand.writeSecret(other);
  t.same([await stand.call(NEW), await stand.call(other)], [200, 401], 'a file is read at a reload');
  t.match(await reload(daemon), { reload: { lastResult: 'applied' } });
  t.same([await stand.call(NEW), await stand.call(other)], [401, 200]);

  for (const [secret, mode, reason] of [
    ['two\nlines', 0o600, 'the file holds no secret access key, or more than that'],
    ['fine', 0o644, 'everybody may open the file; take that away with chmod o='],
  ] as const) {
    const logged = daemon.log().split('\n').length;
    stand.writeSecret(NEW, secret, mode);
    const { reload: result } = await reload(daemon);
    t.equal(result.lastResult, 'failed');
    t.equal(result.problems.length, 1);
    t.ok(
      result.problems[0]?.endsWith(`access key AKIDNEW, user arn:aws:iam::${ACCOUNT}:user/admin: ${reason}`),
    );
    const lines = daemon
      .log()
      .split('\n')
      .slice(logged - 1)
      .filter((line) => line.includes('not reloaded'));
    t.equal(lines.length, 1, 'one line of the log');
    t.same([await stand.call(other), await stand.call({ ...NEW, secretAccessKey: secret })], [200, 401]);
  }
}

t.test('keys', { skip: skipUnless() }, async (t) => {
  const stand = new KeyStand(buildStand(t));
  stand.writeSecret(OLD);
  const daemon = await stand.start(stand.configure(OLD));
  t.same([await stand.call(OLD), await stand.call(NEW)], [200, 401]);
  await t.test('a key is changed for another', (t) => changeKey(t, stand, daemon));
  await t.test('a secret is changed in its file', (t) => changeSecret(t, stand, daemon));
  for (const secret of [OLD.secretAccessKey, NEW.secretAccessKey, 'another-secret']) {
    t.notMatch(daemon.log(), secret, 'no secret is logged');
  }
  t.equal(await daemon.stop(), 0);
});
