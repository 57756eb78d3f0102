import t from 'tap';
import { flatten } from '../../../console/src/aws/parameters.js';
import { apiFilters, fits, hasWords } from '../../../console/src/forms/list-filters.js';
import { matchPath, parseHash } from '../../../console/src/parts/route-match.js';

t.strictSame(flatten({ A: [{ B: 1 }, { B: undefined, C: [true, 'x'] }], D: { E: '' }, F: undefined }), [
  ['A.1.B', '1'],
  ['A.2.C.1', 'true'],
  ['A.2.C.2', 'x'],
  ['D.E', ''],
]);
t.strictSame(flatten({ Names: ['a', 'b'] }, 'member'), [
  ['Names.member.1', 'a'],
  ['Names.member.2', 'b'],
]);

t.test('a token is a filter, and wildcards in it are literal', async (t) => {
  const tokens = [
    { propertyKey: 'description', operator: '=', value: 'a*b?c\\' },
    { propertyKey: 'description', operator: ':', value: 'web' },
    { propertyKey: 'tag:a', operator: '^', value: 'x' },
    { propertyKey: 'rule-action', operator: '=', value: ['accept', 'reject'] },
    { operator: ':', value: 'free' },
  ];
  t.strictSame(apiFilters(tokens), [
    { Name: 'description', Value: ['a\\*b\\?c\\\\'] },
    { Name: 'description', Value: ['*web*'] },
    { Name: 'tag:a', Value: ['x*'] },
    { Name: 'rule-action', Value: ['accept', 'reject'] },
  ]);
  t.ok(hasWords(tokens, ['carefree']));
  t.notOk(hasWords(tokens, ['web']));
});

t.ok(fits({ operator: '=', value: 'Active' }, 'active'));
t.notOk(fits({ operator: '=', value: 'act' }, 'active'));
t.ok(fits({ operator: ':', value: 'tiv' }, 'active'));
t.ok(fits({ operator: '^', value: ['x', 'act'] }, 'active'));
t.notOk(fits({ operator: ':', value: 'a' }, undefined));

const paths = [
  { hash: '', want: '/' },
  { hash: '#/', want: '/' },
  { hash: '#/mirror-sessions/', want: '/mirror-sessions' },
  { hash: '#mirror-sessions', want: '/mirror-sessions' },
];
for (const { hash, want } of paths) t.equal(parseHash(hash).path, want, hash);
t.equal(parseHash('#/a?tab=live&x=1').query.get('tab'), 'live');

t.strictSame(matchPath('/', '/'), {});
t.strictSame(matchPath('/a/:id', '/a/b%2Fc'), { id: 'b/c' });
t.strictSame(matchPath('/a/:id', '/a/%'), { id: '%' }, 'an address that a person made up');
t.equal(matchPath('/a/:id', '/a'), undefined);
t.equal(matchPath('/a/create', '/a/b'), undefined);
