/** `status` without a daemon. */
import t from 'tap';
import { skipWithoutBuild, trafficMirror } from '../fixtures/live/daemon/command.js';

t.test('nobody answers', { skip: skipWithoutBuild }, async (t) => {
  const directory = t.testdir({});
  const config = `${t.testdir({ 'c.yaml': `state: { directory: ${directory} }\n` })}/c.yaml`;
  const { exitCode, complaints } = trafficMirror('status', '--config', config);
  t.equal(exitCode, 1);
  t.equal(complaints.length, 1);
  t.match(complaints[0], `no daemon answers on ${directory}/status.sock`);
});
