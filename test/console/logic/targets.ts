import t from 'tap';
import {
  EMPTY_TARGET,
  type TargetValues,
  targetFieldOf,
  targetParameters,
  targetProblems,
} from '../../../console/src/forms/target.js';
import { firstReason, lockedReason } from '../../../console/src/model/locked.js';
import { interfaceSuggestions, loadBalancerSuggestions } from '../../../console/src/model/receivers.js';

const values = (given: Partial<TargetValues>): TargetValues => ({ ...EMPTY_TARGET, ...given });

t.strictSame(
  targetParameters(values({ receiver: ' eni-1 ' })),
  { NetworkInterfaceId: 'eni-1', Description: undefined, TagSpecification: undefined },
  'what is empty is not sent',
);
t.strictSame(
  targetParameters(
    values({
      name: 'ids',
      description: 'd',
      type: 'network-load-balancer',
      receiver: 'arn:x',
      tags: [{ key: 'team', value: '', existing: false }],
    }),
  ),
  {
    NetworkLoadBalancerArn: 'arn:x',
    Description: 'd',
    TagSpecification: [
      {
        ResourceType: 'traffic-mirror-target',
        Tag: [
          { Key: 'Name', Value: 'ids' },
          { Key: 'team', Value: '' },
        ],
      },
    ],
  },
);
t.match(targetParameters(values({ type: 'gateway-load-balancer-endpoint', receiver: 'vpce-1' })), {
  GatewayLoadBalancerEndpointId: 'vpce-1',
});

t.equal(targetProblems(values({})).receiver, 'Target is required.');
t.strictSame(Object.values(targetProblems(values({ receiver: 'eni-1' }))).filter(Boolean), []);
t.match(targetProblems(values({ tags: [{ key: 'Name', value: 'x', existing: false }] })).tags, /Name tag/);

const invalid = (name: string): string => `Value (x) for parameter ${name} is invalid. There is none.`;
const errors = [
  { code: 'InvalidNetworkInterfaceID.NotFound', message: '', want: 'receiver' },
  { code: 'InvalidVpcEndpointId.NotFound', message: '', want: 'receiver' },
  { code: 'InterfaceInUseByTrafficMirrorTarget', message: '', want: 'receiver' },
  { code: 'InterfaceInUseByTrafficMirrorSession', message: '', want: 'receiver' },
  { code: 'InvalidParameterValue', message: invalid('networkLoadBalancerArn'), want: 'receiver' },
  { code: 'InvalidParameterValue', message: invalid('networkInterfaceId'), want: 'receiver' },
  { code: 'InvalidParameterValue', message: invalid('description'), want: 'description' },
  { code: 'InvalidParameterValue', message: invalid('tag.key'), want: 'tags' },
  { code: 'InvalidParameterValue', message: invalid('constructor'), want: undefined },
  { code: 'InvalidParameterCombination', message: 'Exactly one of …', want: 'type' },
  { code: 'TrafficMirrorTargetLimitExceeded', message: '', want: undefined },
  { code: 'UnauthorizedOperation', message: '', want: undefined },
];
for (const { code, message, want } of errors) {
  t.equal(targetFieldOf({ code, message }), want, `${code} ${message}`);
}

const NETWORK_INTERFACE = {
  networkInterfaceId: 'eni-1',
  description: 'device veth0',
  status: 'in-use',
  privateIpAddress: '10.0.0.1',
  ipv6Addresses: ['fd00::1'],
  ownerId: '111122223333',
  tags: [{ key: 'Name', value: 'web' }],
};
t.strictSame(interfaceSuggestions([NETWORK_INTERFACE], { targets: [], sessions: [] }), [
  { value: 'eni-1', labelTag: 'web', description: '10.0.0.1, fd00::1 · device veth0' },
]);
const target = {
  trafficMirrorTargetId: 'tmt-1',
  networkInterfaceId: 'eni-1',
  type: 'network-interface',
  tags: [],
};
t.match(
  interfaceSuggestions([{ ...NETWORK_INTERFACE, privateIpAddress: undefined, ipv6Addresses: [] }], {
    targets: [{ ...target, ownerId: '111122223333' }],
    sessions: [],
  }),
  [{ description: 'no address · device veth0 · in use by tmt-1' }],
);
t.strictSame(
  loadBalancerSuggestions([
    { arn: 'arn:1', name: 'one', type: 'network' },
    { arn: 'arn:2', name: 'two', type: 'gateway' },
  ]),
  [{ value: 'arn:1', description: 'one' }],
);

t.equal(lockedReason({ ownerId: '1' }, '1'), undefined, 'without a status the API decides');
t.equal(lockedReason({ ownerId: '1' }, '1', false), undefined);
t.match(lockedReason({ ownerId: '1' }, '1', true), /configuration file/);
t.match(lockedReason({ ownerId: '2' }, '1', false), /account 2/);
t.equal(firstReason([undefined, 'a', 'b']), 'a');
