import t from 'tap';
import { join, js } from '../../../src/match/javascript/fragment.js';

t.test('numbers and fragments only', async (t) => {
  const name = js`source0`;
  t.equal(String(js`(${name} & ${-256}) === ${-2147483648}`), '(source0 & -256) === -2147483648');
  for (const part of [
    'text',
    1.5,
    2 ** 31,
    Number.NaN,
    undefined,
    null,
    { toString: () => 'text' },
    ['text'],
  ]) {
    // @ts-expect-error: not a Part, and refused past the types too
    t.throws(() => js`${part}`, TypeError, `refuses ${JSON.stringify(part)}`);
  }
});

t.test('a list is put on lines of its own, indented as the line that it is put in', async (t) => {
  const inner = js`{\n  ${[js`a();`, js`b();`]}\n}`;
  t.equal(String(js`{\n  ${[inner, js`c();`]}\n}`), '{\n  {\n    a();\n    b();\n  }\n  c();\n}');
});

t.test('join', async (t) => {
  t.equal(String(join([js`a`, js`b`, js`${3}`], js` && `)), 'a && b && 3');
});
