/** Options of the load bench. */
import t from 'tap';
import { commandText, parseLoadOptions } from '../../../bench/load/options.js';

t.test('without any it is the whole run', async (t) => {
  const { rounds, seconds, overloadMinutes, isDry, only, externals } = parseLoadOptions([]);
  t.same([rounds, seconds, overloadMinutes, isDry, only, externals], [3, 2, 10, false, '', []]);
});

t.test('a part of it writes no page', async (t) => {
  for (const args of [['--quick'], ['--dry'], ['--only', 'latency']])
    t.ok(parseLoadOptions(args).isDry, `${args}`);
  t.equal(parseLoadOptions(['--quick']).rounds, 1);
  t.equal(parseLoadOptions(['--quick', '--rounds', '2']).rounds, 2);
});

t.test('programs of others', async (t) => {
  const options = parseLoadOptions(['--external', 'a loop=x=1 exec loop $BENCH_WAY', '--external', 'b=c']);
  t.same(options.externals, [
    { name: 'a loop', command: 'x=1 exec loop $BENCH_WAY' },
    { name: 'b', command: 'c' },
  ]);
  t.notMatch(commandText(options), /exec loop/, 'the page has their names alone');
  t.match(commandText(options), "--external 'a loop=...' --external 'b=...'");
});

t.test('what is wrong is named', async (t) => {
  const rows: readonly [string[], RegExp][] = [
    [['--rounds', '0'], /--rounds 0: must be/],
    [['--rounds', '1.5'], /--rounds 1\.5: must be/],
    [['--rounds', 'x'], /--rounds x: must be a number from 0 to 100/],
    [['--rounds', ''], /--rounds : must be a number/],
    [['--seconds', '0.5'], /--seconds 0\.5: must be from 1 on/],
    [['--seconds', '601'], /--seconds 601: must be a number from 0 to 600/],
    [['--overload-minutes', '-1'], /--overload-minutes.*ambiguous|--overload-minutes -1/s],
    [['--external', 'nothing'], /--external nothing: must be NAME=COMMAND/],
    [['--external', '=x'], /--external =x: must be NAME=COMMAND/],
    [['--fast'], /--fast/],
  ];
  for (const [args, message] of rows) t.throws(() => parseLoadOptions(args), { message });
});
