/** docs/api.md has every quota of the cloud, with the key, the default and the error that it has here. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { QUOTAS } from '../../src/api/ec2/violations.js';
import { DEFAULT_QUOTAS, type Quotas } from '../../src/resources/quotas.js';
import { fromRoot } from '../fixtures/root.js';

const page = readFileSync(fromRoot('docs/api.md'), 'utf8');
const section = page.split('\n## Quotas\n')[1]?.split('\n## ')[0] ?? '';
const rows = section
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| quota '))
  .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
  .filter(([, quota = '-']) => !quota.startsWith('-'))
  .map(([, quota = '', cloud = '', key = '', error = '']) => ({ quota, cloud, key, error }));

t.test('every quota once, as the code has it', async (t) => {
  const named = rows.filter(({ key }) => key !== '–');
  t.strictSame(named.map(({ key }) => key).sort(), Object.keys(DEFAULT_QUOTAS).sort());
  for (const { key, cloud, error } of named) {
    const quota = key as keyof Quotas;
    t.equal(Number(cloud.replace(',', '')), DEFAULT_QUOTAS[quota], `${key}: the default`);
    t.equal(error, QUOTAS[quota].code, `${key}: the error`);
    t.ok(
      page.split('\n## Errors\n')[1]?.includes(error.replace(/^TrafficMirror(\w+?)LimitExceeded$/, '$1')),
      error,
    );
  }
});

t.test('those of the guide', async (t) => {
  t.strictSame(
    rows.map(({ quota, cloud }) => `${quota}: ${cloud}`),
    [
      'sessions per account: 10,000',
      'sessions per source network interface: 3',
      'targets per account: 10,000',
      'filters per account: 10,000',
      'rules per filter, both directions together: 10',
      'sources per load balancer: no limit',
      'sources per interface of a Dedicated Instance as target; here of an interface with size: large: 100',
      'sources per other interface as target: 10',
    ],
  );
});
