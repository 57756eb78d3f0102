/** What docs/operations.md shows of `explain` is what it prints. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { skipWithoutBuild, trafficMirror } from '../fixtures/live/daemon/command.js';
import { fromRoot } from '../fixtures/root.js';

const page = readFileSync(fromRoot('docs/operations.md'), 'utf8');

t.test('the example', { skip: skipWithoutBuild }, async (t) => {
  const [, command = '', shown = ''] =
    /^ {4}\$ traffic-mirror (explain .*)\n((?: {4}.*\n|\n)+)/m.exec(page) ?? [];
  const [, packet = ''] = /--packet '([^']*)'/.exec(command) ?? [];
  t.match(command, /^explain --config config\/lab\.yaml --source eni-web --packet /);
  const lab = fromRoot('config/lab.yaml');
  const { stdout } = trafficMirror('explain', '--config', lab, '--source', 'eni-web', '--packet', packet);
  const want = shown.replaceAll(/^ {4}/gm, '').trim();
  t.equal(stdout.replaceAll(lab, 'config/lab.yaml').trim(), want);
});
