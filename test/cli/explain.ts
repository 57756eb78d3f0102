/** `explain`: what a source compiles to. */
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { COMMAND, environment, skipWithoutBuild, trafficMirror } from '../fixtures/live/daemon/command.js';
import { fromRoot } from '../fixtures/root.js';

const lab = fromRoot('config/lab.yaml');

t.test('both directions, each with its forms', { skip: skipWithoutBuild }, async (t) => {
  const { exitCode, stdout } = trafficMirror('explain', '--config', lab, '--source', 'eni-web');
  t.equal(exitCode, 0);
  for (const direction of ['ingress', 'egress']) t.match(stdout, `eni-web (veth0) ${direction}`);
  t.match(stdout, /rule 10 tmf-http\/ingress\/10: ipv4 tcp .* port 80/);
  t.match(stdout, /function ipv4Tcp\(decoded\)/);
  t.match(
    stdout,
    /eni-web \(veth0\) ring\n\nBPF\n\d+ instructions: .* ingress \d+, egress \d+/,
    'both joined',
  );
});

t.test('a source of no session', { skip: skipWithoutBuild }, async (t) => {
  const { exitCode, complaints } = trafficMirror('explain', '--config', lab, '--source', 'eni-ids');
  t.equal(exitCode, 1);
  t.same(complaints, ['--source eni-ids: not the source of any session; sources are: eni-web']);
});

t.test('a reader that closes the pipe early', { skip: skipWithoutBuild }, async (t) => {
  const script = 'set -o pipefail; "$0" "$1" explain --config "$2" --source eni-web | true; echo "$?"';
  const args = ['-c', script, process.execPath, COMMAND, lab];
  const { stdout, stderr } = spawnSync('bash', args, { encoding: 'utf8', env: environment });
  t.equal(stdout, '0\n');
  t.equal(stderr, '');
});
