import t from 'tap';
import { plainOf, type XmlObject } from '../../../console/src/aws/xml.js';
import { FILTERS } from '../../../console/src/model/filter.js';
import { kindOfId } from '../../../console/src/model/kinds.js';
import { addressesOf, NETWORK_INTERFACES } from '../../../console/src/model/network-interface.js';
import { freeRuleNumber, portRangeText, protocolText } from '../../../console/src/model/rule.js';
import { countSessionsBy, freeSessionNumber, SESSIONS } from '../../../console/src/model/session.js';
import { nameTag, tagsText } from '../../../console/src/model/tags.js';
import { receiverOf, TARGETS, targetTypeText } from '../../../console/src/model/target.js';
import { TestDomParser } from '../../fixtures/console/xml-document.js';

const xml = (text: string): XmlObject =>
  plainOf(new TestDomParser().parseFromString(text).documentElement) as XmlObject;

t.test('a session', async (t) => {
  const session = SESSIONS.parse(
    xml(`<item><trafficMirrorSessionId>tms-1</trafficMirrorSessionId><trafficMirrorTargetId>tmt-1</trafficMirrorTargetId>
      <trafficMirrorFilterId>tmf-1</trafficMirrorFilterId><networkInterfaceId>eth0</networkInterfaceId><ownerId>1</ownerId>
      <sessionNumber>3</sessionNumber><virtualNetworkId>0</virtualNetworkId>
      <tagSet><item><key>Name</key><value>web</value></item><item><key>a</key><value></value></item></tagSet></item>`),
  );
  t.equal(session.sessionNumber, 3);
  t.equal(session.virtualNetworkId, 0, 'zero is a number');
  t.equal(session.packetLength, undefined);
  t.equal(nameTag(session), 'web');
  t.equal(tagsText(session), 'Name=web, a');
  t.equal(freeSessionNumber([{ ...session, sessionNumber: 1 }, session], 'eth0'), 2);
  t.equal(freeSessionNumber([session], 'eth1'), 1);
  t.strictSame([...countSessionsBy([session, session], 'trafficMirrorTargetId')], [['tmt-1', 2]]);
});

t.test('a resource without tags', async (t) => {
  const target = TARGETS.parse(
    xml(
      '<item><type>network-load-balancer</type><networkLoadBalancerArn>nlb</networkLoadBalancerArn><tagSet/></item>',
    ),
  );
  t.strictSame(target.tags, []);
  t.equal(nameTag(target), undefined);
  t.equal(receiverOf(target), 'nlb');
  t.equal(targetTypeText(target), 'Network Load Balancer');
  t.equal(targetTypeText({ type: 'toString' }), 'toString', 'a type that is not known');
});

t.test('a filter has its rules by number', async (t) => {
  const rule = (number: number, rest: string): string =>
    `<item><ruleNumber>${number}</ruleNumber><trafficDirection>ingress</trafficDirection>${rest}</item>`;
  const filter = FILTERS.parse(
    xml(`<item><trafficMirrorFilterId>tmf-1</trafficMirrorFilterId><networkServiceSet><item>amazon-dns</item></networkServiceSet>
      <ingressFilterRuleSet>${rule(20, '<protocol>0</protocol>')}${rule(10, '<sourcePortRange><fromPort>0</fromPort><toPort>80</toPort></sourcePortRange>')}</ingressFilterRuleSet>
      <egressFilterRuleSet/></item>`),
  );
  t.strictSame(filter.networkServices, ['amazon-dns']);
  t.strictSame(
    filter.ingressFilterRules.map(({ ruleNumber }) => ruleNumber),
    [10, 20],
  );
  t.strictSame(filter.ingressFilterRules[0]?.sourcePortRange, { fromPort: 0, toPort: 80 });
  t.equal(filter.ingressFilterRules[1]?.protocol, 0, 'protocol 0 is not all');
  t.strictSame(filter.egressFilterRules, []);
});

t.test('an interface', async (t) => {
  const one = NETWORK_INTERFACES.parse(
    xml(`<item><networkInterfaceId>eni-1</networkInterfaceId><privateIpAddress>10.0.0.1</privateIpAddress>
      <ipv6AddressesSet><item><ipv6Address>fd00::1</ipv6Address></item></ipv6AddressesSet>
      <attachment><instanceId>i-1</instanceId></attachment></item>`),
  );
  t.strictSame(addressesOf(one), ['10.0.0.1', 'fd00::1']);
  t.equal(one.instanceId, 'i-1');
});

t.test('words of rules', async (t) => {
  t.strictSame([undefined, 6, 58, 47, 0].map(protocolText), ['All', 'TCP (6)', 'ICMPv6 (58)', '47', '0']);
  t.equal(portRangeText(undefined), 'All');
  t.equal(portRangeText({ fromPort: 80, toPort: 80 }), '80');
  t.equal(portRangeText({ fromPort: 0, toPort: 65_535 }), '0-65535');
  t.equal(freeRuleNumber([]), 10);
  t.equal(freeRuleNumber([10, 30, 15]), 20);
  const tens = Array.from({ length: 3276 }, (_, index) => (index + 1) * 10);
  t.equal(freeRuleNumber([...tens, 1]), 2, 'all tens are taken');
});

t.test('kinds by id', async (t) => {
  t.strictSame(
    ['tms-1', 'tmf-1', 'tmfr-1', 'eni-1'].map((id) => kindOfId(id)?.type),
    ['traffic-mirror-session', 'traffic-mirror-filter', 'traffic-mirror-filter-rule', undefined],
  );
});
