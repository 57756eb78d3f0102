/** Resources of a daemon that no file can have: left out, and told. */
import t from 'tap';
import { parseConfiguration } from '../../src/config/load.js';
import type { ResourceSet } from '../../src/resources/resource-set.js';
import { configurationData, configurationText } from '../../src/transfer/configuration-text.js';
import { exportable } from '../../src/transfer/exportable.js';

const all = {
  networkInterfaces: [{ networkInterfaceId: 'eni-web', device: 'veth0', perspective: 'host' }],
  networkLoadBalancers: [],
  gatewayLoadBalancerEndpoints: [],
  trafficMirrorTargets: [
    { trafficMirrorTargetId: 'tmt-ok', networkInterfaceId: '10.9.0.2', tags: {} },
    { trafficMirrorTargetId: 'tmt-gone', networkLoadBalancerArn: 'gone', tags: {} },
    { trafficMirrorTargetId: 'tmt-lost', networkInterfaceId: 'eni-gone', tags: {} },
  ],
  trafficMirrorFilters: [
    {
      trafficMirrorFilterId: 'tmf-1',
      networkServices: [],
      ingressFilterRules: [
        {
          ruleNumber: 1,
          ruleAction: 'accept',
          sourceCidrBlock: '0.0.0.0/0',
          destinationCidrBlock: '0.0.0.0/0',
          description: 'x'.repeat(300),
          tags: JSON.parse('{"__proto__": "a", "\\ufeffb": "c", "kept": "d"}'),
        },
      ],
      egressFilterRules: [],
      description: 'y'.repeat(300),
      tags: { long: 'z'.repeat(300), kept: 'e' },
    },
  ],
  trafficMirrorSessions: [
    session('tms-1', 'tmt-ok', 1),
    session('tms-gone', 'tmt-gone', 2),
    session('tms-taken', 'tmt-ok', 1),
  ],
} as unknown as ResourceSet;

function session(
  trafficMirrorSessionId: string,
  trafficMirrorTargetId: string,
  sessionNumber: number,
): object {
  return {
    trafficMirrorSessionId,
    networkInterfaceId: 'eni-web',
    trafficMirrorTargetId,
    trafficMirrorFilterId: 'tmf-1',
    sessionNumber,
    virtualNetworkId: 7,
    tags: {},
  };
}

t.test(
  'inactive sessions, receivers that are gone, texts that are too long, keys that cannot be written',
  async (t) => {
    const before = JSON.stringify(all);
    const inactive = [
      { sessionId: 'tms-gone', reason: 'the receiver of the target is gone' },
      { sessionId: 'tms-taken', reason: 'session number 1 is in use by tms-1' },
    ];
    const { resources, notes } = exportable(all, inactive);
    t.equal(JSON.stringify(all), before, 'nothing is changed');
    t.strictSame(
      resources.trafficMirrorTargets.map(({ trafficMirrorTargetId }) => trafficMirrorTargetId),
      ['tmt-ok'],
    );
    t.strictSame(
      resources.trafficMirrorSessions.map(({ trafficMirrorSessionId }) => trafficMirrorSessionId),
      ['tms-1'],
    );
    const [filter] = resources.trafficMirrorFilters;
    t.strictSame(filter?.tags, { kept: 'e' });
    t.strictSame(filter?.ingressFilterRules[0]?.tags, { kept: 'd' });
    t.equal(filter?.description, undefined);
    t.equal(filter?.ingressFilterRules[0]?.description, undefined);
    const told = notes.join('\n');
    for (const want of [
      'session "tms-gone" is left out: it is inactive, the receiver of the target is gone',
      'session "tms-taken" is left out: it is inactive, session number 1 is in use by tms-1',
      'trafficMirrorTargets "tmt-gone" is left out: ',
      'trafficMirrorTargets "tmt-lost" is left out: ',
      'trafficMirrorFilters "tmf-1": trafficMirrorFilters[0].description is left out: expected at most 255 characters',
      'trafficMirrorFilters "tmf-1": trafficMirrorFilters[0].tags.long is left out: expected at most 256 characters',
      'trafficMirrorFilters "tmf-1": trafficMirrorFilters[0].ingressFilterRules[0].description is left out: ',
      'the tag "__proto__" is left out: no file can have its key',
      'the tag "\\ufeffb" is left out: no file can have its key',
    ]) {
      t.ok(told.includes(want), want);
    }
    t.equal(notes.length, 9);
    const checked = parseConfiguration(
      configurationText(configurationData(resources), ['head']),
      'exported.yaml',
    );
    t.ok(checked.ok, 'check accepts the rest');
  },
);

t.test('too many tags: all of them are left out', async (t) => {
  const tags = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'v']));
  const {
    trafficMirrorTargets: [target],
  } = all;
  const { resources, notes } = exportable(
    { ...all, trafficMirrorSessions: [], trafficMirrorTargets: [{ ...target!, tags }] },
    [],
  );
  t.strictSame(Object.keys(resources.trafficMirrorTargets[0]?.tags ?? {}), []);
  t.match(notes.join('\n'), '51 tags, at most 50 are allowed');
});
