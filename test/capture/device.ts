/** What is said of a device before it is opened. */
import t from 'tap';
import { joinByVeth, Namespaces } from '../../lab/namespaces.js';
import { deviceProblem } from '../../src/capture/device.js';
import { evalIn } from '../fixtures/linux/eval-in.js';
import { skipUnless } from '../fixtures/live/requirements.js';

t.test('a device that is not there', async (t) => {
  t.equal(deviceProblem('nope0'), 'device nope0 does not exist');
  t.equal(deviceProblem(''), 'device  does not exist');
});

t.test('devices that are up and down', { skip: skipUnless() }, async (t) => {
  const namespaces = new Namespaces();
  t.teardown(() => namespaces.close());
  const [here, there] = [namespaces.add('here'), namespaces.add('there')];
  joinByVeth(
    { namespace: here, device: 'up0', addresses: [] },
    { namespace: there, device: 'up1', addresses: [] },
  );
  here.ip('link', 'add', 'down0', 'type', 'veth', 'peer', 'name', 'down1');
  const problemOf = (device: string): string | null =>
    evalIn(
      here,
      `const { deviceProblem } = await import(dist + 'src/capture/device.js');
       return deviceProblem('${device}');`,
    );
  const rows = [
    { name: 'up', input: 'up0', want: null },
    { name: 'up, its state unknown as that of every loopback', input: 'lo', want: null },
    { name: 'down', input: 'down0', want: 'device down0 is down' },
    { name: 'of another namespace', input: 'up1', want: 'device up1 does not exist' },
  ];
  for (const { name, input, want } of rows) t.equal(problemOf(input), want, name);
});
