/** config/alerts.yaml and config/grafana-dashboard.json: valid, and every metric that they name exists. */
import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { MetricsPage } from '../../src/metrics/metrics-server.js';
import { runTool, skipWithoutTool } from '../fixtures/live/oracle/tool.js';
import { fromRoot } from '../fixtures/root.js';
import { statusOf } from '../fixtures/status/status.js';

const ALERTS = fromRoot('config/alerts.yaml');
const DASHBOARD = fromRoot('config/grafana-dashboard.json');
const ALERTS_TEST = fromRoot('test/fixtures/metrics/alerts-test.yaml');
const OPERATIONS = fromRoot('docs/operations.md');

const MEMBERS = /_(bucket|sum|count)$/;

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
}

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets?: readonly Target[];
  }[];
}

const page = await new MetricsPage(() => statusOf()).render();
/** Labels of each family by its name. */
const families = new Map<string, Set<string>>();
for (const [, name] of page.matchAll(/^# TYPE (\w+) /gm)) families.set(name ?? '', new Set());
for (const [, name = '', labels = ''] of page.matchAll(/^(\w+)\{(.*)\} /gm)) {
  const family = families.get(name) ?? families.get(name.replace(MEMBERS, ''));
  for (const [, label] of labels.matchAll(/(\w+)=/g)) family?.add(label ?? '');
}

function namesIn(text: string): string[] {
  return [...new Set([...text.matchAll(/\b(traffic_mirror|process|nodejs)_\w+/g)].map(([name]) => name))];
}

function isThere(name: string): boolean {
  return families.has(name) || (MEMBERS.test(name) && families.has(name.replace(MEMBERS, '')));
}

t.test('every metric that is named is there', async (t) => {
  for (const file of [ALERTS, DASHBOARD]) {
    const names = namesIn(readFileSync(file, 'utf8'));
    t.ok(names.length > 5, file);
    t.strictSame(
      names.filter((name) => !isThere(name)),
      [],
      file,
    );
  }
});

t.test('legends of the dashboard use labels that the metrics have', async (t) => {
  const { panels } = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as Dashboard;
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length, 'no id stands twice');
  for (const { title, targets = [] } of panels) {
    for (const { expr, legendFormat } of targets) {
      const labels = namesIn(expr).flatMap((name) => [
        ...(families.get(name.replace(MEMBERS, '')) ?? families.get(name) ?? []),
      ]);
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        t.ok(labels.includes(label), `${title}: ${label}`);
    }
  }
});

t.test('docs/operations.md names every metric of ours, and no other', async (t) => {
  const own = [...families.keys()].filter((name) => name.startsWith('traffic_mirror_'));
  const rows = [...readFileSync(OPERATIONS, 'utf8').matchAll(/^\| `(traffic_mirror_\w+)`/gm)].map(
    ([, name]) => name,
  );
  t.strictSame(rows.toSorted(), own.toSorted());
});

t.test('promtool: rules', { skip: skipWithoutTool('promtool') }, async (t) => {
  t.match(runTool('promtool', ['check', 'rules', ALERTS]), { exitCode: 0 });
  const file = `${t.testdir({})}/alerts-test.yaml`;
  writeFileSync(file, readFileSync(ALERTS_TEST, 'utf8').replace('ALERTS', ALERTS));
  const { exitCode, output } = runTool('promtool', ['test', 'rules', file]);
  t.equal(exitCode, 0, output);
});

t.test('promtool: scrape configurations', { skip: skipWithoutTool('promtool') }, async (t) => {
  const page = readFileSync(OPERATIONS, 'utf8');
  const blocks = page.split(/\n\n/).filter((text) => text.startsWith('    scrape_configs:'));
  t.equal(blocks.length, 3);
  for (const [index, block] of blocks.entries()) {
    const file = `${t.testdir({})}/prometheus-${index}.yaml`;
    writeFileSync(file, block.replace(/^ {4}/gm, ''));
    const { exitCode, output } = runTool('promtool', ['check', 'config', '--syntax-only', file]);
    t.equal(exitCode, 0, output);
  }
});

t.test('promtool: expressions of the dashboard', { skip: skipWithoutTool('promtool') }, async (t) => {
  const { panels } = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as Dashboard;
  const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const rules = expressions.map((expr, index) => ({
    record: `panel_${index}`,
    expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*'),
  }));
  const file = `${t.testdir({})}/rules.json`;
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
  const { exitCode, output } = runTool('promtool', ['check', 'rules', file]);
  t.equal(exitCode, 0, output);
});
