/** JSON lines over a stream that knows no lines. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { JsonLines } from '../../src/engine/messages.js';

t.test('formatting', async (t) => {
  t.equal(JsonLines.format({ type: 'stop' }), '{"type":"stop"}\n');
  t.equal(JsonLines.format({ reason: 'a\nb' }), '{"reason":"a\\nb"}\n', 'a line break inside is escaped');
});

t.test('splitting', async (t) => {
  const rows = [
    { name: 'one message', input: ['{"a":1}\n'], want: [[{ a: 1 }]] },
    { name: 'two at once', input: ['1\n2\n'], want: [[1, 2]] },
    { name: 'in pieces', input: ['{"a"', ':', '1}', '\n'], want: [[], [], [], [{ a: 1 }]] },
    {
      name: 'the end of one and the start of the next',
      input: ['"x', 'y"\n"z', '"\n'],
      want: [[], ['xy'], ['z']],
    },
    { name: 'nothing', input: ['', ''], want: [[], []] },
    { name: 'without its line break it is not complete', input: ['true'], want: [[]] },
  ];
  for (const { name, input, want } of rows) {
    const lines = new JsonLines<unknown>();
    t.same(
      input.map((text) => lines.push(text)),
      want,
      name,
    );
  }
});

t.test('a line that is not JSON', async (t) => {
  t.throws(() => new JsonLines().push('{"a":\n'), SyntaxError);
});

t.test('a line that is too long', async (t) => {
  const lines = new JsonLines<unknown>(10);
  t.same(lines.push('"12345678"\n"1234'), ['12345678']);
  t.same(lines.push('5678"\n'), ['12345678'], 'each line counts by itself');
  t.same(lines.push('"1234'), []);
  t.throws(() => lines.push('567890'), RangeError, 'before its end has come');
});

t.test('any messages, cut anywhere, come out as they went in', async (t) => {
  const message = fc.jsonValue();
  const property = fc.property(fc.array(message), fc.array(fc.nat(200)), (messages, cuts) => {
    const text = messages.map((one) => JsonLines.format(one)).join('');
    const lines = new JsonLines<unknown>();
    const places = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
    const parts = places.slice(1).map((end, index) => text.slice(places[index], end));
    const got = parts.flatMap((part) => lines.push(part));
    assert.deepEqual(got, JSON.parse(JSON.stringify(messages)));
  });
  fc.assert(property, { numRuns: 300 });
  t.pass();
});
