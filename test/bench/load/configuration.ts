/** The daemon takes the configuration of every scenario. */
import t from 'tap';
import { configurationOf } from '../../../bench/load/configuration.js';
import { matrixOf } from '../../../bench/load/matrix.js';
import { PROJECT_ENGINES } from '../../../bench/load/project.js';
import { parseConfiguration } from '../../../src/config/load.js';

t.test('every scenario with every engine', async (t) => {
  for (const { scenario } of matrixOf([])) {
    for (const [name, engine] of Object.entries(PROJECT_ENGINES)) {
      const text = JSON.stringify(configurationOf(scenario, engine));
      const result = parseConfiguration(text, 'bench.json');
      t.same(result.ok ? [] : result.problems, [], `${scenario.name}, ${name}`);
    }
  }
});

t.test('default has no key', async (t) => {
  t.same(PROJECT_ENGINES.default, {});
});
