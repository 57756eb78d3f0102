/** Targets of the API, which has no word for encapsulations, get that of the interface, load balancer or endpoint. */
import {
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorFilterRuleCommand,
  CreateTrafficMirrorSessionCommand,
  CreateTrafficMirrorTargetCommand,
  type CreateTrafficMirrorTargetCommandInput,
  DeleteTrafficMirrorSessionCommand,
  DescribeTrafficMirrorTargetsCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import t from 'tap';
import { capturing } from '../../../lab/daemon.js';
import type { Status } from '../../../src/status/status.js';
import { ipv4 } from '../../fixtures/frames/ip.js';
import { frame, payload } from '../../fixtures/frames/layer.js';
import { ethernet } from '../../fixtures/frames/link.js';
import { udp } from '../../fixtures/frames/transport.js';
import { INVENTORY, startControlApi } from '../../fixtures/live/daemon/control-api.js';
import { buildStand } from '../../fixtures/live/daemon/stand.js';
import { isGeneve, readGeneveCopy } from '../../fixtures/live/oracle/geneve-copy.js';
import { Recording } from '../../fixtures/live/oracle/recording.js';
import { isVxlan, readCopy } from '../../fixtures/live/oracle/vxlan-copy.js';
import { skipUnless } from '../../fixtures/live/requirements.js';
import { Sender } from '../../fixtures/live/traffic/sender.js';

const FIRST_VNI = 42;
const { networkInterfaces, ...rest } = INVENTORY;
const [web, ids, ids2] = networkInterfaces;
const [loadBalancer] = rest.networkLoadBalancers;
const [endpoint] = rest.gatewayLoadBalancerEndpoints;

/** As a client of AWS asks for them: each receiver in turn. */
const RECEIVERS: readonly {
  name: string;
  receiver: CreateTrafficMirrorTargetCommandInput;
  want: object | string;
}[] = [
  {
    name: 'interface',
    receiver: { NetworkInterfaceId: 'eni-ids' },
    want: { direction: 'ingress', sessionNumber: 3 },
  },
  { name: 'load balancer', receiver: { NetworkLoadBalancerArn: 'nlb-ids' }, want: {} },
  {
    name: 'endpoint',
    receiver: { GatewayLoadBalancerEndpointId: 'vpce-ids' },
    want: { originalLength: 142, networkInterface: 'eni-web' },
  },
  { name: 'interface that says nothing', receiver: { NetworkInterfaceId: 'eni-ids2' }, want: 'vxlan' },
];

async function createFilter(client: EC2Client): Promise<string> {
  const { TrafficMirrorFilter } = await client.send(new CreateTrafficMirrorFilterCommand({}));
  const TrafficMirrorFilterId = TrafficMirrorFilter?.TrafficMirrorFilterId ?? '';
  await client.send(
    new CreateTrafficMirrorFilterRuleCommand({
      TrafficMirrorFilterId,
      TrafficDirection: 'ingress',
      RuleNumber: 10,
      RuleAction: 'accept',
      SourceCidrBlock: '0.0.0.0/0',
      DestinationCidrBlock: '0.0.0.0/0',
    }),
  );
  return TrafficMirrorFilterId;
}

t.test('targets that clients make', { skip: skipUnless('tcpdump') }, async (t) => {
  const stand = buildStand(t, { targets: 2 });
  const { client, daemon } = await startControlApi(t, stand, {
    networkInterfaces: [
      web,
      { ...ids, encapsulation: 'geneve', encapsulationOptions: ['direction', 'sessionNumber'] },
      ids2,
    ],
    networkLoadBalancers: [{ ...loadBalancer, encapsulation: 'geneve' }],
    gatewayLoadBalancerEndpoints: [
      { ...endpoint, encapsulation: 'geneve', encapsulationOptions: ['networkInterface', 'originalLength'] },
    ],
    engine: { io: 'ring', emit: 'routed' },
  });
  const sender = new Sender(stand.client);
  const recording = await Recording.start(
    stand.ids,
    'ids0',
    `${stand.directory}/seen.pcap`,
    '-Q',
    'in',
    'udp',
  );
  const copiesOf = (vni: number) =>
    recording.frames().flatMap(({ bytes }) => {
      const copy = isGeneve(bytes)
        ? readGeneveCopy(bytes)
        : isVxlan(bytes) && { ...readCopy(bytes), options: 'vxlan' };
      return copy !== false && copy.vni === vni ? [copy] : [];
    });
  const TrafficMirrorFilterId = await createFilter(client);
  for (const [index, { name, receiver, want }] of RECEIVERS.entries()) {
    const vni = FIRST_VNI + index;
    const { TrafficMirrorTarget } = await client.send(new CreateTrafficMirrorTargetCommand(receiver));
    const { TrafficMirrorSession } = await client.send(
      new CreateTrafficMirrorSessionCommand({
        NetworkInterfaceId: 'eni-web',
        TrafficMirrorTargetId: TrafficMirrorTarget?.TrafficMirrorTargetId,
        TrafficMirrorFilterId,
        SessionNumber: 3,
        VirtualNetworkId: vni,
      }),
    );
    const isOne = ({ sessions }: Status): boolean => sessions[0]?.virtualNetworkId === vni;
    const status = await daemon.until(
      name,
      (now) => isOne(now) && now.lanes.length > 0 && now.targets.length > 0 && capturing(now),
    );
    t.equal(status.sessions[0]?.encapsulation?.name, want === 'vxlan' ? undefined : 'geneve', name);
    const sent = frame(ethernet(), ipv4(), udp(), payload(Buffer.from(name.padEnd(100))));
    await sender.send('veth1', [sent]);
    await recording.until(`a copy for the ${name}`, () => copiesOf(vni).length > 0);
    t.strictSame(
      copiesOf(vni).map(({ inner, options }) => [inner.toString('hex'), options]),
      [[Buffer.from(sent).toString('hex'), want]],
      `${name}: one copy, whole`,
    );
    await client.send(
      new DeleteTrafficMirrorSessionCommand({
        TrafficMirrorSessionId: TrafficMirrorSession?.TrafficMirrorSessionId,
      }),
    );
  }
  const { TrafficMirrorTargets } = await client.send(new DescribeTrafficMirrorTargetsCommand({}));
  t.equal(TrafficMirrorTargets?.length, RECEIVERS.length);
  t.notMatch(JSON.stringify(TrafficMirrorTargets), /encapsulation/i, 'clients see nothing of it');
  await recording.stop();
  t.equal(await daemon.stop(), 0, 'exit code');
});
