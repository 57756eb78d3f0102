/** The commands of docs/receivers.md for the kernel's vxlan device: what they make shows the frames of copies. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { buildStand } from '../../fixtures/live/daemon/stand.js';
import { Recording } from '../../fixtures/live/oracle/recording.js';
import { skipUnless } from '../../fixtures/live/requirements.js';
import { datagramsTo, numbered, vxlanOf } from '../../fixtures/live/traffic/datagrams.js';
import { Sender } from '../../fixtures/live/traffic/sender.js';
import { fromRoot } from '../../fixtures/root.js';

const page = readFileSync(fromRoot('docs/receivers.md'), 'utf8');
const scripts = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
  .map(([, script = '']) => script)
  .filter((script) => script.startsWith('ip link add'));

const cases = [
  { name: 'a device for one VNI', device: 'vxlan42', vnis: [42] },
  { name: 'a device for all', device: 'vxlan0', vnis: [42, 43] },
];

t.equal(scripts.length, cases.length, 'a script for each');

for (const [index, { name, device, vnis }] of cases.entries()) {
  t.test(name, { skip: skipUnless('tcpdump') }, async (t) => {
    const stand = buildStand(t);
    stand.ids.run('sh', '-e', '-c', scripts[index] ?? '');
    const recording = await Recording.start(stand.ids, device, `${stand.directory}/device.pcap`);
    const datagram = datagramsTo(stand);
    const sent = [42, 43].map((vni) => datagram(vxlanOf(vni, numbered(vni))));
    await new Sender(stand.host).send('mir0', sent);
    await recording.until('the frames', (frames) => frames.length >= vnis.length);
    await recording.stop();
    t.same(
      recording.frames().map(({ bytes }) => bytes.readUInt32BE(14)),
      vnis,
    );
  });
}
