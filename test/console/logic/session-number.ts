import t from 'tap';
import { proposedNumber } from '../../../console/src/forms/session-number.js';

t.test('a number that was sent is proposed again, although it is taken by now', async (t) => {
  t.equal(proposedNumber(undefined, ['eni-1'], 2), 2, 'nothing was sent');
  const sent = { sources: ['eni-1'], number: 1 };
  t.equal(proposedNumber(sent, ['eni-1'], 2), 1, 'a second attempt is the same request');
  t.equal(proposedNumber(sent, ['eni-2'], 2), 2, 'another source has numbers of its own');
  t.equal(proposedNumber(sent, ['eni-1', 'eni-2'], 3), 3);
});
