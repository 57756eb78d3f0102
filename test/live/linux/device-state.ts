/** What the kernel says of single devices: their addresses, in any namespace, and that they are not there. */
import t from 'tap';
import { joinByVeth, Namespaces } from '../../../lab/namespaces.js';
import type { DeviceAnswer } from '../../../src/linux/device-state.js';
import { evalIn } from '../../fixtures/linux/eval-in.js';
import { skipUnless } from '../../fixtures/live/requirements.js';

t.test('devices, as the kernel has them', { skip: skipUnless() }, async (t) => {
  const namespaces = new Namespaces();
  t.teardown(() => namespaces.close());
  const [here, there] = [namespaces.add('here'), namespaces.add('there')];
  joinByVeth(
    { namespace: here, device: 'veth0', addresses: ['10.3.0.1/24', '10.3.0.7/24', 'fd00:3::1/64'] },
    { namespace: there, device: 'veth0', addresses: ['10.3.0.2/24'] },
  );
  here.ip('link', 'add', 'down0', 'type', 'veth', 'peer', 'name', 'down1');
  here.ip('link', 'property', 'add', 'dev', 'veth0', 'altname', 'another-name');
  const ask = (netns: string | undefined, names: readonly string[]): DeviceAnswer[] =>
    evalIn(
      here,
      `const { openLibc } = await import(dist + 'src/linux/libc.js');
       const { askDevices } = await import(dist + 'src/linux/device-state.js');
       return askDevices(await openLibc(), ${JSON.stringify(netns) ?? 'undefined'}, ${JSON.stringify(names)});`,
    );
  const macOf = (namespace: typeof here, device: string): string =>
    JSON.parse(namespace.ip('-j', 'link', 'show', device))[0].address;

  const [veth, down, missing, alternative] = ask(undefined, ['veth0', 'down0', 'veth9', 'another-name']);
  t.match(veth, {
    macAddress: macOf(here, 'veth0'),
    up: true,
    addresses: [
      { address: '10.3.0.1', prefixLength: 24 },
      { address: 'fd00:3::1', prefixLength: 64 },
      { address: '10.3.0.7', prefixLength: 24 },
    ],
  });
  t.match(down, { macAddress: macOf(here, 'down0'), up: false, addresses: [] });
  t.equal(missing, 'absent');
  t.equal(alternative, 'absent', 'an alternative name');

  const path = `/run/netns/${there.name}`;
  const [other] = ask(path, ['veth0']);
  t.match(other, {
    macAddress: macOf(there, 'veth0'),
    addresses: [{ address: '10.3.0.2', prefixLength: 24 }],
  });
  t.same(ask(`${path}-gone`, ['veth0', 'veth1']), ['absent', 'absent'], 'a namespace that is not there');
  t.same(ask('/etc/hostname', ['veth0']), ['unknown'], 'a file that is no namespace');
});
