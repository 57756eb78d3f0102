/** The kernel is asked for declared devices only, once for all who look, and nobody waits long for it. */
import t from 'tap';
import {
  type AskDevices,
  type DeviceAnswer,
  DeviceStates,
} from '../../../src/api/inventory/device-states.js';
import type { DeviceName, NamespacePath } from '../../../src/resources/device.js';

const UP: DeviceAnswer = { macAddress: '02:00:00:00:00:01', up: true, addresses: [] };
const device = (name: string, netns?: string) => ({
  device: name as DeviceName,
  ...(netns !== undefined && { netns: netns as NamespacePath }),
});
const PLACES = [device('veth0'), device('veth1', '/run/netns/a'), device('veth0', '/run/netns/a'), {}];

function asked(answer: (name: string) => DeviceAnswer | Promise<DeviceAnswer> = () => UP) {
  const questions: [string | undefined, readonly string[]][] = [];
  const ask: AskDevices = async (netns, names) => {
    questions.push([netns, names]);
    return Promise.all(names.map(answer));
  };
  return { questions, ask };
}

t.test('each namespace is asked once, for what is declared in it', async (t) => {
  const { questions, ask } = asked((name) => (name === 'veth1' ? 'absent' : UP));
  const states = new DeviceStates(ask);
  t.equal(states.find(device('veth0')), 'unknown', 'nothing was asked yet');
  await Promise.all([
    states.refresh(() => PLACES),
    states.refresh(() => PLACES),
    states.refresh(() => PLACES),
  ]);
  t.same(questions, [
    [undefined, ['veth0']],
    ['/run/netns/a', ['veth1', 'veth0']],
  ]);
  t.equal(states.find(device('veth0')), UP);
  t.equal(states.find(device('veth1', '/run/netns/a')), 'absent');
  t.equal(states.find(device('veth1')), 'unknown', 'of another namespace');
  t.equal(states.find({}), 'unknown', 'without a device');
});

t.test('answers are new for a second, and asking takes a tenth of the time at most', async (t) => {
  let nowMs = 5000;
  const { questions, ask } = asked((name) => {
    if (name === 'slow') nowMs += 400;
    if (name === 'endless') nowMs += 60_000;
    return UP;
  });
  const states = new DeviceStates(ask, () => nowMs);
  const look = async (places: readonly object[], afterMs: number): Promise<number> => {
    nowMs += afterMs;
    await states.refresh(() => places);
    return questions.length;
  };
  const quick = [device('veth0')];
  const slow = [device('slow')];
  t.equal(await look(quick, 0), 1);
  t.equal(await look(quick, 999), 1, 'still new');
  t.equal(await look(slow, 1), 2, 'a second later');
  t.equal(await look(slow, 3999), 2, 'after 400 ms of asking, four seconds are free');
  t.equal(await look(slow, 1), 3);
  t.equal(await look([device('endless')], 4000), 4);
  t.equal(await look(quick, 4999), 4);
  t.equal(await look(quick, 1), 5, 'nothing is older than five seconds');
});

t.test('nobody waits for a kernel that does not answer', async (t) => {
  let answer: (state: DeviceAnswer) => void = () => {};
  const { questions, ask } = asked(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  const states = new DeviceStates(ask);
  const places = () => [device('veth0')];
  await states.refresh(places);
  t.equal(states.find(device('veth0')), 'unknown', 'as before');
  await states.refresh(places);
  t.equal(questions.length, 1, 'no second question meanwhile');
  answer(UP);
  await states.refresh(places);
  t.equal(states.find(device('veth0')), UP);
});

t.test('an error of asking is told, and the next call asks again', async (t) => {
  let isBroken = true;
  const states = new DeviceStates(async (_netns, names) => {
    if (isBroken) throw new Error('no such call');
    return names.map(() => UP);
  });
  await t.rejects(
    states.refresh(() => [device('veth0')]),
    { message: 'no such call' },
  );
  isBroken = false;
  await states.refresh(() => [device('veth0')]);
  t.equal(states.find(device('veth0')), UP);
});
