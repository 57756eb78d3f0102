import t from 'tap';
import { ringFilter } from '../../../src/io/ring/ring-filter.js';
import { SOCKET_MARK } from '../../../src/linux/sending-sockets.js';
import { compile } from '../../../src/match/compile.js';
import { DIRECTIONS } from '../../../src/plan/mirror-plan.js';
import { checkBpf } from '../../fixtures/bpf/check-bpf.js';
import { runBpf } from '../../fixtures/bpf/run-bpf.js';
import { ipv4 } from '../../fixtures/frames/ip.js';
import { frame } from '../../fixtures/frames/layer.js';
import { ethernet } from '../../fixtures/frames/link.js';
import { tcp, udp } from '../../fixtures/frames/transport.js';
import { sourcePlan } from '../../fixtures/plans/builders.js';

const WHOLE = 0xffffffff;
const TO_HOST = 0;
const BROADCAST = 1;
const OUTGOING = 4;

const web = frame(ethernet(), ipv4(), tcp({ destinationPort: 80 }));
const dns = frame(ethernet(), ipv4(), udp({ destinationPort: 53 }));

t.test('what belongs to the lane', async (t) => {
  const ingress = ringFilter('ingress');
  const egress = ringFilter('egress');
  t.equal(runBpf(ingress, dns, { packetType: TO_HOST }), WHOLE);
  t.equal(runBpf(ingress, dns, { packetType: BROADCAST }), WHOLE);
  t.equal(runBpf(ingress, dns, { packetType: OUTGOING }), 0);
  t.equal(runBpf(egress, dns, { packetType: TO_HOST }), 0);
  t.equal(runBpf(egress, dns, { packetType: OUTGOING }), WHOLE);
  t.equal(runBpf(egress, dns, { packetType: OUTGOING, mark: SOCKET_MARK }), 0);
  t.equal(runBpf(ingress, dns, { packetType: TO_HOST, mark: SOCKET_MARK }), 0);
  t.equal(runBpf(egress, dns, { packetType: OUTGOING, mark: SOCKET_MARK + 1 }), WHOLE);
});

t.test('and then what its sessions want', async (t) => {
  const plan = sourcePlan([{ rules: [{ protocol: 6, toPorts: '80' }], egress: [{ protocol: 17 }] }]);
  for (const direction of DIRECTIONS) {
    const program = ringFilter(direction, compile(plan, direction).bpf().instructions);
    const packetType = direction === 'ingress' ? TO_HOST : OUTGOING;
    checkBpf(program);
    t.equal(runBpf(program, web, { packetType }), direction === 'ingress' ? WHOLE : 0, direction);
    t.equal(runBpf(program, dns, { packetType }), direction === 'ingress' ? 0 : WHOLE, direction);
    t.equal(runBpf(program, web, { packetType, mark: SOCKET_MARK }), 0);
  }
});

t.test('leaves room for the front', async (t) => {
  const rules = Array.from({ length: 600 }, (_, index) => ({
    protocol: 6,
    to: `10.${index % 250}.0.0/16`,
    toPorts: `${index}`,
  }));
  const { instructions } = compile(sourcePlan([{ rules }]), 'ingress').bpf();
  t.ok(instructions.length > 1500, 'a program that could not be longer');
  checkBpf(ringFilter('ingress', instructions));
});
