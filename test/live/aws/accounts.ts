/** docs/accounts.md: its commands are a script that works, and every action, key and operator is named. */
import { readFileSync } from 'node:fs';
import { CreateTrafficMirrorTargetCommand } from '@aws-sdk/client-ec2';
import t from 'tap';
import { parseConditionOperator } from '../../../src/api/authorization/condition.js';
import { parseConditionKey } from '../../../src/api/authorization/condition-keys.js';
import { RAM_ROUTES } from '../../../src/api/services.js';
import { INVENTORY, startControlApi } from '../../fixtures/live/daemon/control-api.js';
import { awsFolders, pathWithFirst } from '../../fixtures/live/daemon/installed-clients.js';
import { buildStand } from '../../fixtures/live/daemon/stand.js';
import { skipUnless } from '../../fixtures/live/requirements.js';
import { fromRoot } from '../../fixtures/root.js';

const page = readFileSync(fromRoot('docs/accounts.md'), 'utf8');

/** The shell commands of the page. @param kind what stands behind `sh`; undefined: nothing */
function scriptOf(kind: string | undefined): string {
  const blocks = [...page.matchAll(/^```sh(?: (\w+))?\n(.*?)^```$/gms)];
  return blocks.flatMap(([, own, commands = '']) => (own === kind ? [commands] : [])).join('');
}

const script = scriptOf(undefined);

t.test('every action is named and has a command', async (t) => {
  const rows = [
    ...[...RAM_ROUTES.values()].map((action) => ['ram', action] as const),
    ...['ListMetrics', 'GetMetricStatistics', 'GetMetricData'].map(
      (action) => ['cloudwatch', action] as const,
    ),
    ['sts', 'GetCallerIdentity'] as const,
  ];
  for (const [service, action] of rows) {
    t.match(page, `\`${action}\``, action);
    const command = action.replace(/(?<=.)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
    t.match(script, new RegExp(`(mine|other) ${service} ${command}\\s`), command);
  }
});

t.test('the operators and keys of conditions are those that are taken', async (t) => {
  const expectations = [parseConditionOperator(undefined), parseConditionKey(undefined)];
  const known = expectations.flatMap((refusal) =>
    refusal.ok ? [] : (refusal.text.match(/[A-Za-z0-9]+:[A-Za-z/]+|\b[A-Z][a-zA-Z]+\b/g) ?? []),
  );
  t.ok(known.length > 20, `${known.length} words`);
  for (const word of known) t.match(page, `\`${word}`, word);
});

t.test('the script works', { skip: skipUnless('aws') }, async (t) => {
  const stand = buildStand(t);
  const api = await startControlApi(t, stand, { ...INVENTORY, engine: { io: 'ring' } });
  const { TrafficMirrorTarget } = await api.client.send(
    new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId: 'eni-ids' }),
  );
  const target = TrafficMirrorTarget?.TrafficMirrorTargetId;
  const [folder = ''] = awsFolders();
  const commands = `set -eux\nTARGET=${target}\n${script}`;
  const outcome = await api.run('sh', ['-c', commands], { PATH: pathWithFirst(folder) });
  if (outcome.exitCode !== 0) t.comment(outcome.stderr);
  t.equal(outcome.exitCode, 0, 'exit code');
  t.match(outcome.stdout, `traffic-mirror-target/${target}`, 'the shared target');
  t.match(outcome.stdout, /REJECTED/, 'the last invitation');
  t.equal(await api.daemon.stop(), 0);
});

t.test('the script of an organization works', { skip: skipUnless('aws') }, async (t) => {
  const stand = buildStand(t);
  const sections = { ...INVENTORY, engine: { io: 'ring' } };
  const api = await startControlApi(t, stand, sections, { organization: 'o-a1b2c3d4e5' });
  const { TrafficMirrorTarget } = await api.client.send(
    new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId: 'eni-ids' }),
  );
  const target = TrafficMirrorTarget?.TrafficMirrorTargetId;
  const [folder = ''] = awsFolders();
  const functions = /^mine\(\).*\n^other\(\).*\n/m.exec(script)?.[0];
  const arn = /^TARGET_ARN=.*\n/m.exec(script)?.[0];
  const commands = `set -eux\nTARGET=${target}\n${functions}${arn}${scriptOf('organization')}`;
  const outcome = await api.run('sh', ['-c', commands], { PATH: pathWithFirst(folder) });
  if (outcome.exitCode !== 0) t.comment(outcome.stderr);
  t.equal(outcome.exitCode, 0, 'exit code');
  t.match(outcome.stdout, `${target}`, 'the other account sees it at once');
  t.equal(await api.daemon.stop(), 0);
});
