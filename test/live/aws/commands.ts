/** Each `aws` of this machine: lists over pages, errors, metrics in the protocol of its version. */
import { CreateTrafficMirrorTargetCommand } from '@aws-sdk/client-ec2';
import t from 'tap';
import { ACCOUNT, INVENTORY, startControlApi } from '../../fixtures/live/daemon/control-api.js';
import { awsFolders, pathWithFirst } from '../../fixtures/live/daemon/installed-clients.js';
import { buildStand } from '../../fixtures/live/daemon/stand.js';
import { skipUnless } from '../../fixtures/live/requirements.js';

const TARGETS = 7;
/** Exit code of a command that the server refused, by the first digit of the version. */
const REFUSED: Readonly<Record<string, number>> = { 1: 255, 2: 254 };

t.test('every aws', { skip: skipUnless('aws') }, async (t) => {
  const stand = buildStand(t);
  const api = await startControlApi(t, stand, { ...INVENTORY, engine: { io: 'ring' } });
  const ids: unknown[] = [];
  for (let made = 0; made < TARGETS; made++) {
    const command = new CreateTrafficMirrorTargetCommand({ NetworkLoadBalancerArn: 'nlb-ids' });
    ids.push((await api.client.send(command)).TrafficMirrorTarget?.TrafficMirrorTargetId);
  }
  for (const folder of awsFolders()) {
    const aws = (...args: string[]) =>
      api.run('aws', ['--endpoint-url', api.endpoint, '--output', 'json', ...args], {
        PATH: pathWithFirst(folder),
      });
    const version = await aws('--version');
    const [, major = ''] = /^aws-cli\/(\d)/.exec(version.stdout) ?? [];
    t.ok(major in REFUSED, version.stdout);

    const query = ['--query', 'TrafficMirrorTargets[].TrafficMirrorTargetId'];
    const list = await aws('ec2', 'describe-traffic-mirror-targets', '--page-size', '5', ...query);
    t.strictSame(JSON.parse(list.stdout), ids, 'the pages of a list');

    const denied = await aws(
      ...['ec2', 'delete-traffic-mirror-target', '--traffic-mirror-target-id', `${ids[0]}`, '--dry-run'],
    );
    t.equal(denied.exitCode, REFUSED[major], 'exit code of an error');
    t.match(denied.stderr, 'An error occurred (DryRunOperation) when calling the DeleteTrafficMirrorTarget');

    const unknown = await aws('ec2', 'create-tags', '--resources', 'i-1', '--tags', 'Key=a,Value=b');
    t.match(unknown.stderr, '(InvalidID)');
    const metrics = await aws('cloudwatch', 'list-metrics', '--namespace', 'AWS/EC2');
    t.strictSame(JSON.parse(metrics.stdout), { Metrics: [] }, 'metrics');
    const caller = await aws('sts', 'get-caller-identity');
    t.match(JSON.parse(caller.stdout), {
      Account: ACCOUNT,
      Arn: `arn:aws:iam::${ACCOUNT}:user/admin`,
      UserId: /^AIDA/,
    });
    for (const [words, refusal] of [
      [
        ['sts', 'get-caller-identity'],
        /\(InvalidClientTokenId\).*security token included in the request is inv/,
      ],
      [['ec2', 'describe-tags'], /\(AuthFailure\).*not able to validate the provided access credentials/],
      [
        ['ram', 'get-resource-shares', '--resource-owner', 'SELF'],
        /\(UnrecognizedClientException\).*security token/,
      ],
      [
        ['cloudwatch', 'list-metrics'],
        /\((InvalidClientTokenId|UnrecognizedClientException)\).*security token/,
      ],
    ] as const) {
      const refused = await api.run('aws', ['--endpoint-url', api.endpoint, ...words], {
        PATH: pathWithFirst(folder),
        AWS_SESSION_TOKEN: 'FwoGZXIvYXdzEXAMPLE',
      });
      t.equal(refused.exitCode, REFUSED[major], `${words.join(' ')}: a session token`);
      t.match(refused.stderr, refusal);
    }
    const share = await aws('ram', 'delete-resource-share', '--resource-share-arn', 'arn:aws:ram:a');
    t.equal(share.exitCode, REFUSED[major]);
    t.match(share.stderr, /\((MalformedArnException|UnknownResourceException)\)/);
  }
  t.equal(await api.daemon.stop(), 0, 'exit code');
});
