/** docs/api.md: its commands are a script that works, and every action has one. */
import { readFileSync } from 'node:fs';
import { DescribeTrafficMirrorTargetsCommand } from '@aws-sdk/client-ec2';
import t from 'tap';
import { ACTIONS } from '../../../src/api/ec2/ec2-service.js';
import { INVENTORY, startControlApi } from '../../fixtures/live/daemon/control-api.js';
import { awsFolders, pathWithFirst } from '../../fixtures/live/daemon/installed-clients.js';
import { buildStand } from '../../fixtures/live/daemon/stand.js';
import { skipUnless } from '../../fixtures/live/requirements.js';
import { fromRoot } from '../../fixtures/root.js';

const page = readFileSync(fromRoot('docs/api.md'), 'utf8');

/**
 * The shell commands of the page.
 * @param newerPath where to look for a client that has the newer ones; absent: they are left out
 */
function scriptOf(newerPath: string | undefined): string {
  const blocks = [...page.matchAll(/^```sh( newer)?\n(.*?)^```$/gms)];
  return blocks
    .map(([, newer, commands = '']) => {
      if (newer === undefined) return commands;
      return newerPath === undefined ? '' : `(PATH=${newerPath}\n${commands})\n`;
    })
    .join('');
}

t.test('every action is named and has a command', async (t) => {
  const script = scriptOf('anywhere');
  for (const action of ACTIONS.keys()) {
    t.match(page, `\`${action}\``, action);
    const command = action.replace(/(?<=.)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
    t.match(script, `ec2 ${command}`, command);
  }
});

t.test('the script works', { skip: skipUnless('aws') }, async (t) => {
  const [path = '', ...others] = awsFolders().map(pathWithFirst);
  const stand = buildStand(t, { targets: 2 });
  const api = await startControlApi(t, stand, { ...INVENTORY, engine: { io: 'ring' } });
  const newerPath = others.at(-1) ?? path;
  const newer = ['ec2', 'describe-traffic-mirror-filter-rules', 'help'];
  const { exitCode } = await api.run('aws', newer, { PATH: newerPath });
  const script = `set -eux\n${scriptOf(exitCode === 0 ? newerPath : undefined)}`;
  const outcome = await api.run('sh', ['-c', script], { PATH: path });
  if (outcome.exitCode !== 0) t.comment(outcome.stderr);
  t.equal(outcome.exitCode, 0, 'exit code');
  t.match(outcome.stdout, /eni-ids2/, 'the inventory');
  t.same((await api.client.send(new DescribeTrafficMirrorTargetsCommand({}))).TrafficMirrorTargets, []);
  t.equal(await api.daemon.stop(), 0);
});
