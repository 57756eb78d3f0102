/** Medians and how far rounds were apart. */
import t from 'tap';
import { spreadOf, spreadText } from '../../bench/spread.js';

const text = (value: number): string => value.toFixed(0);

t.test('of the rounds that did not fail', async (t) => {
  t.same(spreadOf([3, 1, 2]), { median: 2, least: 1, most: 3 });
  t.same(spreadOf([undefined, 4, 2]), { median: 3, least: 2, most: 4 });
  t.equal(spreadOf([undefined, undefined]), undefined);
  t.equal(spreadOf([]), undefined);
});

t.test('as text', async (t) => {
  t.equal(spreadText(spreadOf([3, 1, 2]), text), '2 (1–3)');
  t.equal(spreadText(spreadOf([2]), text), '2');
  t.equal(spreadText(undefined, text), '');
});
