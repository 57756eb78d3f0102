/** Whether what selectors found is known to be all. */
import { pino } from 'pino';
import t from 'tap';
import { parseConfiguration } from '../../src/config/load.js';
import { SelectedSources } from '../../src/daemon/selected-sources.js';

function wantedOf(file: object) {
  const result = parseConfiguration(JSON.stringify(file), 'c.json');
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.configuration;
}

t.test('without koffi nothing is looked at, so nothing is known to be gone', async (t) => {
  const log = pino({ level: 'silent' });
  const options = { stateDirectory: t.testdir({}), libc: undefined, log, onChange: () => {} };
  const selected = new SelectedSources(options);
  t.teardown(() => selected.close());
  const none = wantedOf({});
  await selected.follow(none);
  selected.expand(none, () => false);
  t.equal(selected.isWhole, true, 'no selectors');
  const some = wantedOf({ networkInterfaceSelectors: [{ selectorId: 'pods', device: 'veth*' }] });
  await selected.follow(some);
  selected.expand(some, () => false);
  t.equal(selected.isWhole, false);
});
