/** What is taken, and told of: each on its line. */
import t from 'tap';
import { parseConfiguration } from '../../src/config/load.js';
import { formatProblem, formatWarning } from '../../src/config/problem.js';

function warningsOf(text: string): string[] {
  const result = parseConfiguration(text, 'x.yaml');
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join());
  return result.warnings.map(formatWarning);
}

t.test('an Allow that names what is not here', async (t) => {
  const text = `
api:
  listen: 127.0.0.1:8780
  accounts:
    - accountId: "111122223333"
      users:
        - userName: admin
          accessKeyId: KEY
          secretAccessKeyFile: /etc/secret
          policies:
            - Statement:
                - { Effect: Allow, Action: "ec2:*", Resource: "*" }
                - Effect: Allow
                  Action:
                    - ec2:DescribeTags
                    - ec2:DescribeTag
                  Resource: arn:aws:s3:::x
            - Statement: [{ Effect: Allow, NotAction: "iam:*", Resource: "*" }]
`;
  const at = 'api.accounts[0].users[0].policies';
  t.strictSame(warningsOf(text), [
    `x.yaml:16: warning: ${at}[0].Statement[1].Action[1]: "ec2:DescribeTag" fits no action that is here, so it has no effect`,
    `x.yaml:17: warning: ${at}[0].Statement[1].Resource[0]: "arn:aws:s3:::x" fits no resource that is here: they begin with arn:aws:ec2: or arn:aws:ram:, so it has no effect`,
    `x.yaml:18: warning: ${at}[1].Statement[0].NotAction[0]: "iam:*" names a service that is not here: there are ec2, ram, cloudwatch, so it has no effect`,
  ]);
});

t.test('protocol 0', async (t) => {
  const rule = (protocol: number): string =>
    `{ ruleNumber: ${protocol + 1}, ruleAction: accept, protocol: ${protocol}, sourceCidrBlock: "::/0", destinationCidrBlock: "::/0" }`;
  const text = `
trafficMirrorFilters:
  - trafficMirrorFilterId: tmf
    ingressFilterRules:
      - ${rule(6)}
      - ${rule(0)}
    egressFilterRules: [${rule(0)}]
`;
  const why = 'protocol 0 is the hop-by-hop options of IPv6 and hardly ever seen; leave protocol out for all';
  t.strictSame(warningsOf(text), [
    `x.yaml:6: warning: trafficMirrorFilters[0].ingressFilterRules[1].protocol: ${why}`,
    `x.yaml:7: warning: trafficMirrorFilters[0].egressFilterRules[0].protocol: ${why}`,
  ]);
});

t.test('nothing to tell', async (t) => {
  t.strictSame(warningsOf('log: {}'), []);
});
