/** Random calls of two accounts, many at once, held against a model of what the resources mean. */
import { type Attack, Faults, type Outcome } from './attack.js';
import { Ec2User } from './client.js';
import { ACCOUNT, ADMIN, API, accounts, OTHER, OTHER_ACCOUNT } from './configuration.js';
import { type Call, Calls } from './model/calls.js';
import { type Exchange, linearize } from './model/linearize.js';
import { observe } from './model/observe.js';
import { EMPTY, inventoryOf, QUOTAS, type State } from './model/state.js';
import type { AttackStand } from './stand.js';

export const CONCURRENT_CALLS: Attack = {
  name: 'concurrent-calls',
  title: 'random calls of two accounts at once, each order of which a model refutes or finds',
  by: 'client',
  limitSeconds: { full: 240, quick: 90 },
  run: callConcurrently,
};

/** Calls that are made at once. What was made at once has 8! orders at most. */
const WINDOW = 8;
const TOLD_CHARACTERS = 3000;

async function callConcurrently(stand: AttackStand): Promise<Outcome> {
  const faults = new Faults();
  const inventory = inventoryOf([ACCOUNT, OTHER_ACCOUNT]);
  const nothing = { trafficMirrorTargets: [], trafficMirrorFilters: [], trafficMirrorSessions: [] };
  const api = { listen: `${API.host}:${API.port}`, accounts: accounts() };
  const configFile = stand.configure({
    sections: { ...inventory, ...nothing, api, quotas: QUOTAS, metrics: undefined },
  });
  let daemon = await stand.startListening(configFile);
  const users = new Map([
    [ACCOUNT, new Ec2User(ADMIN, WINDOW)],
    [OTHER_ACCOUNT, new Ec2User(OTHER, WINDOW)],
  ]);
  const calls = new Calls(stand.random, [...users.keys()], inventory);
  const windows = stand.bySize(1875, 190);
  const codes = new Map<string, number>();
  let state = EMPTY;
  let [done, violations] = [0, 0];
  for (let window = 0; window < windows && violations === 0; window++) {
    const chosen = Array.from({ length: WINDOW }, () => calls.next(state));
    const exchanges = await Promise.all(chosen.map((call) => make(call, users)));
    for (const { code = 'done' } of exchanges) codes.set(code, (codes.get(code) ?? 0) + 1);
    done += exchanges.length;
    const after = linearize(state, exchanges, await observe(users), inventory);
    if (after.ok) {
      state = after.state;
      calls.remember(state);
    } else {
      // From here on the model knows nothing more.
      violations += 1;
      faults.add(`no order explains the answers; ${after.why.slice(0, TOLD_CHARACTERS)}`);
    }
  }
  if (violations === 0) {
    await requireMirrored(daemon, state, faults);
    daemon.process.kill('SIGKILL');
    await daemon.ended;
    daemon = await stand.startListening(configFile);
    const { ok } = linearize(state, [], await observe(users), inventory);
    faults.require(ok, 'after a kill something else is there');
    await requireMirrored(daemon, state, faults);
  }
  for (const user of users.values()) user.close();
  const internal = [...codes.keys()].filter((code) => /^(?:Internal|ServiceUnav)/.test(code));
  faults.require(internal.length === 0, `calls were answered with ${internal.join()}`);
  const told = ['done', 'DryRunOperation', 'IdempotentParameterMismatch'].map(
    (code) => `${code} ${codes.get(code) ?? 0}`,
  );
  return faults.outcome(
    `${done} calls, ${WINDOW} at once, ${violations} violations; ${told.join(', ')}, refused with ${codes.size - 1} codes`,
  );
}

async function make(call: Call, users: ReadonlyMap<string, Ec2User>): Promise<Exchange> {
  const user = users.get(call.account);
  if (user === undefined) throw new Error(`${call.account} has no user`);
  const { status, code, content } = await user.call(call.action, call.values);
  return { call, code: status === 200 ? undefined : (code ?? String(status)), content };
}

/** The engine is to mirror all sessions that there are, and no others. */
async function requireMirrored(
  daemon: Awaited<ReturnType<AttackStand['startListening']>>,
  state: State,
  faults: Faults,
): Promise<void> {
  const { sessions } = await daemon.status();
  const mirrored = sessions
    .map(({ sessionId, virtualNetworkId }) => `${sessionId} ${virtualNetworkId}`)
    .sort();
  const wanted = [...state.sessions.values()].map(({ id, vni }) => `${id} ${vni}`).sort();
  faults.require(
    mirrored.join() === wanted.join(),
    `the engine mirrors ${mirrored}, and there are ${wanted}`,
  );
}
